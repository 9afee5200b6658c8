"""How well requests were read, as a table for people at a terminal."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import TextIO

from pydantic import JsonValue
from rich.console import Console
from rich.table import Table

from agents.scoring import Failure, Fault, FieldScore, IntentScore, Latency, Mistake, Share
from neuralnav.models.figures import listed, plural

_LONGEST_TEXT = 160


def print_score(score: IntentScore, latency: Latency, model: str, stream: TextIO) -> None:
    """How ``model`` did: the fields in which anything was said or read, then the totals."""
    console = Console(file=stream, highlight=False)
    console.print(_fields(score))
    readers = listed([f"{name} {count:,}" for name, count in score.read_by.items()])
    timed = f"p50 {latency.p50_ms:,.1f} ms, p95 {latency.p95_ms:,.1f} ms, at most {latency.max_ms:,.1f} ms"
    for line in (f"Model: {model}; sentences read by {readers}.", *_totals(score), f"Latency a sentence: {timed}."):
        console.print(line, markup=False, soft_wrap=True)


def print_failures(failures: Iterable[Failure], stream: TextIO) -> None:
    """Each sentence that was not read as wanted, with what was wanted and what came."""
    console = Console(file=stream, highlight=False)
    for line in chain.from_iterable(map(_failure, failures)):
        console.print(line, markup=False, soft_wrap=True)


def _fields(score: IntentScore) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("Field", no_wrap=True)
    for heading in ("Said", "Right", "Wrong", "Missed", "Invented", "Precision", "Recall"):
        table.add_column(heading, justify="right", no_wrap=True)
    for field in score.fields:
        if field.said or field.invented:
            table.add_row(field.field, *_counts(field), percent(field.precision), percent(field.recall))
    return table


def _counts(field: FieldScore) -> Iterator[str]:
    for count in (field.said, field.right, field.wrong, field.missed, field.invented):
        yield f"{count:,}"


def _totals(score: IntentScore) -> Iterator[str]:
    yield f"Whole sentences right: {_of(score.sentences)}."
    yield f"Stated fields right (a value was wanted or given): {_of(score.stated_fields)}."
    yield f"All fields right (with those rightly empty): {_of(score.all_fields)}."
    if score.questions.of:
        yield f"Questions as wanted: {_of(score.questions)}."
    if score.refusals.of:
        yield f"Refusals as wanted: {_of(score.refusals)}."
    yield f"Invented values: {len(score.invented) or 'none'}."
    for value in score.invented:
        yield f"  line {value.line}, {value.field}: {_shown(value.value)}"


def _of(share: Share) -> str:
    return f"{share.right:,} of {share.of:,} ({percent(share.share)})"


def percent(share: float | None) -> str:
    """``share`` in percent, rounded down so that 100 % is said only of all; a dash for none."""
    return "-" if share is None else f"{math.floor(round(share * 1000, 6)) / 10:.1f} %"


def _failure(failure: Failure) -> Iterator[str]:
    text = failure.text if len(failure.text) <= _LONGEST_TEXT else failure.text[: _LONGEST_TEXT - 1] + "…"
    yield f"\nLine {failure.line} ({plural(len(failure.faults), 'fault')}): {_shown(text)}"
    for fault in failure.faults:
        yield f"  {_fault(fault)}"


def _fault(fault: Fault) -> str:
    if fault.mistake is Mistake.NOT_ASKED:
        return "a question was wanted, and none was asked"
    if fault.mistake is Mistake.ASKED:
        return f"no question was wanted, and one was asked: {_shown(fault.got)}"
    if fault.mistake is Mistake.NOT_REFUSED:
        return f"{fault.field}: a refusal was wanted, got {_shown(fault.got)}"
    return f"{fault.field}: wanted {_shown(fault.wanted)}, got {_shown(fault.got)} ({fault.mistake.value})"


def _shown(value: JsonValue) -> str:
    return "nothing" if value is None else json.dumps(value, ensure_ascii=False)
