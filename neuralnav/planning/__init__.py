"""From a need to ranked configurations: traffic, targets, candidates, costs, scores, views and explanations."""
