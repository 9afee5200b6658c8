"""How well requests were read: the readings beside what a person says they should be. Pure, without a model."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
from pydantic import JsonValue

from neuralnav.errors import FieldProblem, InvalidInputError
from neuralnav.models.base import Frozen, PlainText
from neuralnav.models.intent import DeploymentIntent, IntentReading, update_intent

SCORED_FIELDS = tuple(field for field in DeploymentIntent.model_fields if field != "description")
"""All that an intent can hold, but for the person's own words."""

TOLERANCE = 1e-6
"""How far apart, as a share, two numbers may be and still count as equal: rounding of a conversion, no more."""

ASKS, REFUSES = "_clarify", "_reject"
_UNSAID = DeploymentIntent().model_dump(mode="json")


class Wanted(Frozen):
    """What one sentence should be read as. Fields that were not said are as in an empty intent."""

    intent: DeploymentIntent = DeploymentIntent()
    asks: bool | None = None
    """Whether a question should come back; ``None``: either is right."""
    refuses: str | None = None
    """The field whose value should be refused, if any."""
    fields: tuple[str, ...] = SCORED_FIELDS
    """The fields that are compared."""


@dataclass(frozen=True)
class Sentence:
    """A text just as it was written, the line that it stands in, and what it should be read as."""

    line: int
    text: str
    want: Wanted


class Mistake(StrEnum):
    """In which way a reading differs from what was wanted."""

    WRONG = "wrong"
    """Another value than the one that was said."""
    MISSED = "missed"
    """No value where one was said."""
    INVENTED = "invented"
    """A value where none was said."""
    NOT_ASKED = "not asked"
    ASKED = "asked needlessly"
    NOT_REFUSED = "not refused"


class Fault(Frozen):
    """One thing that a reading has wrong, with both values (``None``: no value)."""

    mistake: Mistake
    field: str | None
    wanted: JsonValue
    got: JsonValue


class Failure(Frozen):
    """A sentence that was not read as wanted."""

    line: int
    text: PlainText
    faults: tuple[Fault, ...]


class Invented(Frozen):
    """A value that nobody said."""

    line: int
    field: str
    value: JsonValue


class FieldScore(Frozen):
    """One field over all sentences. Counts are sentences."""

    field: str
    said: int
    """Where a value was wanted: right, wrong and missed together."""
    right: int
    wrong: int
    missed: int
    invented: int
    precision: float | None
    """Share of the values given that are right; ``None`` where none was given."""
    recall: float | None
    """Share of the values said that were read right; ``None`` where none was said."""


class Share(Frozen):
    """How many of how many."""

    right: int
    of: int

    @property
    def share(self) -> float | None:
        """Between 0 and 1; ``None`` of nothing."""
        return ratio(self.right, self.of)

    def reaches(self, percent: float) -> bool:
        """Whether it is at least ``percent``; nothing of nothing is."""
        return 100 * self.right >= percent * self.of


class Latency(Frozen):
    """How long one sentence takes to read, in milliseconds; percentiles interpolate linearly."""

    p50_ms: float
    p95_ms: float
    max_ms: float


class IntentScore(Frozen):
    """How well a set of sentences was read."""

    sentences: Share
    """Sentences without any fault."""
    stated_fields: Share
    """Of the fields, over all sentences, in which a value was wanted or given, those that are right. The strict
    measure: an empty field that should be empty adds nothing."""
    all_fields: Share
    """Of all fields compared, those that are right, with those that are empty as they should be."""
    questions: Share
    """Of the sentences that should (or should not) be asked back, those that were (or were not)."""
    refusals: Share
    """Of the values that should be refused, those that were."""
    fields: tuple[FieldScore, ...]
    invented: tuple[Invented, ...]
    failures: tuple[Failure, ...]
    read_by: dict[str, int]
    """Who read how many sentences: ``rules`` or a language model's name."""


def wanted(document: Mapping[str, Any], where: str) -> Wanted:
    """What ``document`` asks of a reading: values by field, ``_clarify`` and ``_reject``; ``where`` is for errors.

    ``{"_clarify": true}`` wants a question back, ``{"_reject": FIELD}`` a refused value. Where ``_reject`` stands
    without any value, the other fields are not compared.

    Raises:
        InvalidInputError: a field is unknown or a value is not allowed.
    """
    values = {field: value for field, value in document.items() if field not in {ASKS, REFUSES}}
    for field in values:
        _check_field(field, f"{where}.{field}", field)
    asks, refuses = document.get(ASKS), document.get(REFUSES)
    if not isinstance(asks, bool | None):
        raise _unusable(f"{where}.{ASKS}", asks, "true or false")
    if refuses is not None:
        _check_field(refuses, f"{where}.{REFUSES}", refuses)
    try:
        intent = update_intent(DeploymentIntent(), values)
    except InvalidInputError as error:
        problems = tuple(FieldProblem(f"{where}.{p.field}", p.value, p.allowed) for p in error.problems)
        raise InvalidInputError("; ".join(map(str, problems)), problems) from None
    only_refused = refuses is not None and not values
    return Wanted(intent=intent, asks=asks, refuses=refuses, fields=(refuses,) if only_refused else SCORED_FIELDS)


def score(readings: Iterable[tuple[Sentence, IntentReading]]) -> IntentScore:
    """Compare each reading with what its sentence wants."""
    pairs = tuple(readings)
    counts = {field: Counter[str]() for field in SCORED_FIELDS}
    failures = []
    for sentence, reading in pairs:
        faults = tuple(_faults(sentence.want, reading))
        _count(counts, sentence.want, faults)
        if faults:
            failures.append(Failure(line=sentence.line, text=sentence.text, faults=faults))
    fields = tuple(_field_score(field, count) for field, count in counts.items())
    right = sum(field.right for field in fields)
    mistakes = sum(field.wrong + field.missed + field.invented for field in fields)
    compared = sum(count.total() for count in counts.values())
    by_mistake = Counter(fault.mistake for failure in failures for fault in failure.faults)
    asking = sum(sentence.want.asks is not None for sentence, _ in pairs)
    refusing = sum(sentence.want.refuses is not None for sentence, _ in pairs)
    return IntentScore(
        sentences=Share(right=len(pairs) - len(failures), of=len(pairs)),
        stated_fields=Share(right=right, of=right + mistakes),
        all_fields=Share(right=compared - mistakes, of=compared),
        questions=Share(right=asking - by_mistake[Mistake.NOT_ASKED] - by_mistake[Mistake.ASKED], of=asking),
        refusals=Share(right=refusing - by_mistake[Mistake.NOT_REFUSED], of=refusing),
        fields=fields,
        invented=tuple(_invented(failures)),
        failures=tuple(failures),
        read_by=dict(Counter(reading.model for _, reading in pairs)),
    )


def latency_of(took_ms: Sequence[float]) -> Latency:
    """What single readings took, put together; there must be one at least."""
    p50, p95, longest = (round(float(ms), 3) for ms in np.percentile(took_ms, (50, 95, 100)))
    return Latency(p50_ms=p50, p95_ms=p95, max_ms=longest)


def ratio(part: int, whole: int) -> float | None:
    """``part`` / ``whole``; ``None`` of nothing."""
    return part / whole if whole else None


def _check_field(name: object, where: str, value: object) -> None:
    if name not in SCORED_FIELDS:
        raise _unusable(where, value, f"one of {', '.join(SCORED_FIELDS)}")


def _unusable(where: str, value: object, allowed: str) -> InvalidInputError:
    problem = FieldProblem(where, value, allowed)
    return InvalidInputError(str(problem), (problem,))


def _faults(want: Wanted, reading: IntentReading) -> Iterator[Fault]:
    right, got = want.intent.model_dump(mode="json"), reading.intent.model_dump(mode="json")
    for field in want.fields:
        mistake = _mistake(right[field], got[field], _UNSAID[field])
        if mistake is not None:
            yield Fault(mistake=mistake, field=field, wanted=right[field], got=got[field])
    asked = reading.question is not None
    if want.asks is not None and want.asks != asked:
        mistake = Mistake.ASKED if asked else Mistake.NOT_ASKED
        yield Fault(mistake=mistake, field=None, wanted=None, got=reading.question)
    if want.refuses is not None and want.refuses not in {value.field for value in reading.rejected}:
        yield Fault(mistake=Mistake.NOT_REFUSED, field=want.refuses, wanted=None, got=got[want.refuses])


def _mistake(right: JsonValue, got: JsonValue, unsaid: JsonValue) -> Mistake | None:
    if _equal(right, got):
        return None
    if right == unsaid:
        return Mistake.INVENTED
    return Mistake.MISSED if got == unsaid else Mistake.WRONG


def _equal(one: JsonValue, other: JsonValue) -> bool:
    if isinstance(one, list) and isinstance(other, list):
        return {str(name) for name in one} == {str(name) for name in other}
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=TOLERANCE)
    return one == other


def _count(counts: Mapping[str, Counter[str]], want: Wanted, faults: Sequence[Fault]) -> None:
    """Add what one sentence shows of each field that it compares."""
    of_values = {Mistake.WRONG, Mistake.MISSED, Mistake.INVENTED}
    mistakes = {fault.field: fault.mistake.value for fault in faults if fault.mistake in of_values}
    right = want.intent.model_dump(mode="json")
    for field in want.fields:
        without = "empty" if right[field] == _UNSAID[field] else "right"
        counts[field][mistakes.get(field, without)] += 1


def _field_score(field: str, count: Counter[str]) -> FieldScore:
    right, wrong, missed, invented = (count[kind] for kind in ("right", "wrong", "missed", "invented"))
    said = right + wrong + missed
    return FieldScore(
        field=field,
        said=said,
        right=right,
        wrong=wrong,
        missed=missed,
        invented=invented,
        precision=ratio(right, right + wrong + invented),
        recall=ratio(right, said),
    )


def _invented(failures: Iterable[Failure]) -> Iterator[Invented]:
    for failure in failures:
        for fault in failure.faults:
            if fault.mistake is Mistake.INVENTED and fault.field is not None:
                yield Invented(line=failure.line, field=fault.field, value=fault.got)
