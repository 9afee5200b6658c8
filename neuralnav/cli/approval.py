"""What is asked at the terminal before a change: what it would do, line by line, and whether it may."""

from __future__ import annotations

import sys
from collections.abc import Iterable

from rich.console import Console
from rich.markdown import Markdown

from neuralnav.cli.chat import Lines
from neuralnav.errors import FieldProblem, InvalidInputError
from neuralnav.models.running import ObjectChange

_STYLES = {"+": "green", "-": "red", "@": "cyan"}
"""Of a diff's lines, by how they begin."""


def require_somebody(*, yes: bool) -> None:
    """Refuse what nobody could approve, before anything is begun.

    Raises:
        InvalidInputError: it is not approved already, and standard input is no terminal.
    """
    if not yes and not sys.stdin.isatty():
        problem = FieldProblem("--yes", None, "--yes, or a terminal to ask at")
        raise InvalidInputError(f"Nobody is there to approve this: {problem}.", (problem,))


def show(prompt: str, changes: Iterable[ObjectChange]) -> None:
    """Print on standard error what would be done, and each object's differences."""
    console = Console(stderr=True, highlight=False)
    console.print(Markdown(prompt))
    for change in changes:
        if change.diff:
            console.print(f"\n{change.verb.value} {change.kind}/{change.name}", style="bold", markup=False)
        for line in change.diff:
            console.print(line, style=_STYLES.get(line[:1]), markup=False, soft_wrap=True)


async def is_approved() -> bool:
    """Ask; anything but a yes is a no."""
    Console(stderr=True).print("Approve? [y/N] ", end="", markup=False)
    return (await Lines().next()).strip().lower() in {"y", "yes"}
