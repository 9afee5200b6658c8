"""``neuralnav eval intent``: how well, and how fast, requests are read."""

from __future__ import annotations

import asyncio
import math
import sys
import time
from collections.abc import Sequence

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

from agents.intent import IntentAgent
from agents.model import build_reader
from agents.scoring import Latency, Sentence, latency_of, score, wanted
from neuralnav.cli.documents import lines_of, parse_object
from neuralnav.cli.eval_table import print_failures, print_score
from neuralnav.cli.output import print_json
from neuralnav.errors import FieldProblem, InvalidInputError
from neuralnav.knowledge.seeds import read_seeds
from neuralnav.models.intent import MAX_TEXT_CHARACTERS, IntentReading
from neuralnav.settings import get_settings

MAX_SENTENCES = 100_000
MAX_CHARACTERS = 50_000_000
"""Of all texts together: they are kept until everything is scored."""


def run(file: str, *, failures: bool, at_least: str | None, as_json: bool) -> int:
    """Measure over the sentences of ``file``; 1 when ``at_least`` percent of the stated fields are not reached.

    A value that was invented fails ``at_least`` too.
    """
    percent = None if at_least is None else _percentage(at_least)
    sentences = read_sentences(file)
    reader = build_reader(get_settings(), read_seeds().short_names)
    readings, latency = asyncio.run(_read_all(IntentAgent(reader), sentences))
    result = score(zip(sentences, readings, strict=True))
    passed = percent is None or (result.stated_fields.reaches(percent) and not result.invented)
    if as_json:
        print_json(
            {
                "model": reader.name,
                "stated_share": result.stated_fields.share,
                "all_share": result.all_fields.share,
                **result.model_dump(mode="json"),
                "latency": latency.model_dump(),
                "at_least": percent,
                "passed": passed,
            }
        )
    else:
        print_score(result, latency, reader.name, sys.stdout)
        if failures:
            print_failures(result.failures, sys.stdout)
    return 0 if passed else 1


def _percentage(text: str) -> float:
    try:
        percent = float(text)
    except ValueError:
        percent = math.nan
    if not 0 <= percent <= 100:
        raise _unusable(f"--at-least {text!r} is no percentage.", "--at-least", text, "a number from 0 to 100")
    return percent


def read_sentences(file: str) -> tuple[Sentence, ...]:
    """The sentences of ``file`` (``-``: standard input) with what they should be read as.

    Raises:
        InvalidInputError: the file cannot be read, is empty or too large, or a line is wrong.
    """
    where = "standard input" if file == "-" else file
    sentences: list[Sentence] = []
    characters = 0
    for number, line in lines_of(file):
        sentences.append(_sentence(number, line))
        characters += len(sentences[-1].text)
        if len(sentences) > MAX_SENTENCES or characters > MAX_CHARACTERS:
            raise InvalidInputError(
                f"{where} holds more than {MAX_SENTENCES:,} sentences or {MAX_CHARACTERS:,} characters."
            )
    if not sentences:
        raise InvalidInputError(
            f"{where} holds no sentences.", (FieldProblem(where, "", "one JSON object a line with 'text' and 'want'"),)
        )
    return tuple(sentences)


def _sentence(number: int, line: str) -> Sentence:
    where = f"line {number}"
    document = parse_object(line, where)
    text, want = document.get("text"), document.get("want")
    if not isinstance(text, str):
        raise _unusable(f"{where}: 'text' is missing or not a string.", f"{where}: text", text, "a string")
    if len(text) > MAX_TEXT_CHARACTERS:
        allowed = f"at most {MAX_TEXT_CHARACTERS:,} characters"
        raise _unusable(f"{where}: 'text' has {len(text):,} characters.", f"{where}: text", text[:60], allowed)
    if not isinstance(want, dict):
        raise _unusable(f"{where}: 'want' is missing or not an object.", f"{where}: want", want, "{field: value}")
    return Sentence(line=number, text=text, want=wanted(want, f"{where}: want"))


def _unusable(detail: str, field: str, value: object, allowed: str) -> InvalidInputError:
    return InvalidInputError(detail, (FieldProblem(field, value, allowed),))


async def _read_all(agent: IntentAgent, sentences: Sequence[Sentence]) -> tuple[list[IntentReading], Latency]:
    """Each sentence's reading, one after the other, and how long one takes; a terminal shows how far it is."""
    readings, took_ms = [], []
    with Progress(
        BarColumn(bar_width=16),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
        disable=not sys.stderr.isatty(),
    ) as progress:
        for sentence in progress.track(sentences):
            began = time.perf_counter()
            readings.append(await agent.read_request(sentence.text))
            took_ms.append(1000 * (time.perf_counter() - began))
    return readings, latency_of(took_ms)
