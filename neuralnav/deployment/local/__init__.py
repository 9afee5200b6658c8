"""Deployments on this machine: supervised processes behind one port."""
