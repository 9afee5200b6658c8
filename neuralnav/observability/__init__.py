"""What a running deployment does: read from Prometheus or from its replicas, and held against its plan."""
