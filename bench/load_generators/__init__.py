"""Load generators against the simulator: what they report beside a replay of the requests that they sent."""
