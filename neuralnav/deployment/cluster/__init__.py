"""Deployments on a Kubernetes cluster: KServe's services and plain Deployments, through the cluster's own API."""
