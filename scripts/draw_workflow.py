"""Write the workflow, as the compiled graph has it, into docs/architecture.md: ``python -m scripts.draw_workflow``."""

from __future__ import annotations

import re
from pathlib import Path

from graph import build_graph

PAGE = Path(__file__).resolve().parent.parent / "docs" / "architecture.md"
BLOCK = re.compile(r"(<!-- workflow: begin -->\n).*?(<!-- workflow: end -->)", re.DOTALL)


def page_with_workflow(page: str) -> str:
    """``page`` with the diagram between its markers replaced by the present one.

    Raises:
        ValueError: the page has no markers.
    """
    diagram = f"```mermaid\n{build_graph().get_graph().draw_mermaid(with_styles=False).strip()}\n```\n"
    drawn, count = BLOCK.subn(lambda match: match[1] + diagram + match[2], page)
    if count != 1:
        raise ValueError(f"{PAGE.name}: expected one pair of workflow markers, found {count}")
    return drawn


if __name__ == "__main__":
    PAGE.write_text(page_with_workflow(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
