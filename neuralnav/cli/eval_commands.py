"""``neuralnav eval``: its commands and their options."""

from __future__ import annotations

from typing import Annotated

import typer

evaluations = typer.Typer(help="Measure how well what people write is read.")


@evaluations.callback()
def _group() -> None:
    """Measure how well what people write is read."""


@evaluations.command("intent")
def evaluate_intent(
    file: Annotated[
        str,
        typer.Argument(
            metavar="FILE", help="One JSON object a line: 'text', and 'want' with {field: value}; '-' reads stdin."
        ),
    ],
    failures: Annotated[
        bool, typer.Option("--failures", help="Print each sentence that was not read as wanted.")
    ] = False,
    at_least: Annotated[
        str | None,
        typer.Option(
            "--at-least", metavar="PERCENT", help="Exit with 1 when fewer stated fields are right, or any is invented."
        ),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")] = False,
) -> int:
    """Measure the model that NEURALNAV_LLM names, or the rules: precision, recall, invented values, latency."""
    from neuralnav.cli import eval as command

    return command.run(file, failures=failures, at_least=at_least, as_json=json)
