"""The workflow as a LangGraph graph: state, nodes, checkpoints and how to embed it."""

from graph.build import build_graph

__all__ = ["build_graph"]
