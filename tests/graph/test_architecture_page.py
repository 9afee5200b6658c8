"""The workflow in the documentation is the compiled one."""

from __future__ import annotations

from scripts.draw_workflow import PAGE, page_with_workflow


def test_the_documented_workflow_is_current() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert page == page_with_workflow(page), "run: python -m scripts.draw_workflow"
