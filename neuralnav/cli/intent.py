"""``neuralnav intent``: read a need from words."""

from __future__ import annotations

import asyncio
import sys

from agents.intent import IntentAgent
from agents.model import build_reader
from neuralnav.cli.documents import argument_text, lines_of, parse_object
from neuralnav.cli.output import print_json
from neuralnav.errors import FieldProblem, InvalidInputError, NeuralNavError
from neuralnav.knowledge.seeds import read_seeds
from neuralnav.models.intent import IntentReading
from neuralnav.settings import get_settings


def run(text: str | None, file: str | None, *, as_json: bool) -> int:
    """Read ``text``, or each line of ``file``."""
    if (text is None) == (file is None):
        raise InvalidInputError("Give either TEXT or --file.", (FieldProblem("TEXT", text, "text, or --file FILE"),))
    agent = IntentAgent(build_reader(get_settings(), read_seeds().short_names))
    with asyncio.Runner() as runner:
        if text is not None:
            reading = runner.run(agent.read_request(argument_text(text)))
            if as_json:
                print_json(reading.model_dump(mode="json"))
            else:
                sys.stdout.write(_in_words(reading))
            return 0
        failed = False
        for number, line in lines_of(file or "-"):
            try:
                document = parse_object(line, f"line {number}")
                reading = runner.run(agent.read_request(_text_of(document, number)))
                print_json(reading.model_dump(mode="json"))
            except NeuralNavError as error:
                failed = True
                print_json(error.as_problem())
        return 1 if failed else 0


def _text_of(document: dict[str, object], number: int) -> str:
    text = document.get("text")
    if not isinstance(text, str):
        raise InvalidInputError(
            f"line {number}: 'text' is missing or not a string.", (FieldProblem("text", text, "a string"),)
        )
    return text


def _in_words(reading: IntentReading) -> str:
    said = {k: v for k, v in reading.intent.model_dump(mode="json").items() if v is not None and k != "description"}
    lines = [f"{field:<28} {value}" + _because(reading, field) for field, value in said.items()]
    lines += [f"{r.field:<28} refused: {r.value!r}. {r.reason}" for r in reading.rejected]
    if reading.question:
        lines.append(f"\n{reading.question}")
    return "\n".join(lines) + "\n"


def _because(reading: IntentReading, field: str) -> str:
    words = reading.evidence.get(field)
    return f'   (from "{words}")' if words else ""
