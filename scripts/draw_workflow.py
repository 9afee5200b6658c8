"""Write the workflow, as the compiled graph has it, into docs/architecture.md: ``python -m scripts.draw_workflow``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from langgraph.graph import END, START

from graph import build_graph
from graph.build import CHECKPOINTS
from graph.human.checkpoint_node import NODES
from scripts.blocks import with_block

PAGE = Path(__file__).resolve().parent.parent / "docs" / "architecture.md"
ASKING = frozenset(NODES[kind.kind] for kind in CHECKPOINTS)
ANY_TIME = frozenset({"failed", "collect_context", "operate", END})
"""Where a checkpoint may lead at any time: these edges are told in words, which leaves the way to be seen."""


def page_with_workflow(page: str) -> str:
    """``page`` with the diagram between its marks replaced by the present one."""
    return with_block(page, "workflow", f"```mermaid\ngraph TD\n{''.join(_lines())}```\n")


def _lines() -> Iterator[str]:
    edges = build_graph().get_graph().edges
    yield f"  {START}([first words]) --> collect_context\n"
    for node in sorted({edge.target for edge in edges} - {START, END}):
        if not node.startswith("__"):
            yield f'  {node}{{{{"{node} *"}}}}\n' if node in ASKING else f'  {node}["{node}"]\n'
    for edge in sorted(edges):
        if _is_way(edge.source, edge.target):
            yield f"  {edge.source} {'-->' if edge.source not in ASKING else '-.->'} {edge.target}\n"


def _is_way(source: str, target: str) -> bool:
    if source.startswith("__") or source == "failed" or source == target:
        return False
    return not (source in ASKING and target in ANY_TIME)


if __name__ == "__main__":
    PAGE.write_text(page_with_workflow(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
