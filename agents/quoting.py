"""Reads values out of the person's words that a language model quoted.

The model names a field and the words; the value comes from these words by rules. A quote that the person did not say,
that holds no value of the right kind or more than one, that was negated, or that says something else by the rules, is
nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from agents.words import Quote
from neuralnav.models.vocabulary import UseCase
from neuralnav.understanding.fields.bounds import reason_against, settled
from neuralnav.understanding.fields.findings import Finding
from neuralnav.understanding.reading.text import fold, normalise
from neuralnav.understanding.reading.tokens import Amount, GpuMention, Kind, ModelMention, Token
from neuralnav.understanding.reading.utterance import Covered, Span, read_utterance
from neuralnav.understanding.request import field_outcomes, settle

_MORE_OR_LESS = (
    r"(?:more|less|over|above|under|below|beyond|longer|later|slower|fewer|higher|worse|exceed|exceeding|than)"
)
_NEGATED = re.compile(
    r" (?:not|no|never|neither|without|unlike|except|instead of|rather than|don't|doesn't|didn't|isn't|aren't|wasn't|"
    rf"weren't|won't|can't|cannot) (?:(?!{_MORE_OR_LESS} )[a-z']+ ){{0,3}}$"
)
_PERIODS = {
    "hour": "hour", "hr": "hour", "h": "hour", "hourly": "hour", "month": "month", "mo": "month", "monthly": "month",
    "day": "day", "daily": "day", "week": "week", "weekly": "week", "quarter": "quarter", "quarterly": "quarter",
    "year": "year", "yr": "year", "yearly": "year", "annual": "year", "annually": "year", "annum": "year",
    "once": "once", "upfront": "once", "total": "once",
}  # fmt: skip
_NOT_PEOPLE = re.compile(
    r" (?:[a-z']+ )?(?:request|query|call|message|token|page|document|file|word|character|line|language|gpu|card|node|"
    r"server|core|replica|model|day|week|month|year|hour|minute|second|percent|%|time|hundred|dollar|euro|mb|gb|x) "
)
_PER_TIME = re.compile(r" (?:[a-z']+ ){0,2}(?:a|an|per|each|every|/) (?P<unit>second|minute|hour) ")
_SECONDS = {"second": 1.0, "minute": 60.0, "hour": 3600.0}
_GPUS_COUNTED = re.compile(r" (?:[a-z']+ ){0,2}(?:gpu|card|accelerator|GPU) ")

_NAMES = frozenset({"preferred_models", "excluded_models", "available_gpus"})
_KINDS = {
    "ttft_p95_ms": Kind.TIME,
    "itl_p95_ms": Kind.TIME,
    "e2e_p95_ms": Kind.TIME,
    "max_monthly_cost_usd": Kind.MONEY,
    "max_hourly_cost_usd": Kind.MONEY,
    "reliability_pct": Kind.PERCENT,
    "active_fraction": Kind.PERCENT,
    "prompt_tokens": Kind.TOKENS,
    "output_tokens": Kind.TOKENS,
    "user_count": Kind.NUMBER,
    "concurrent_users": Kind.NUMBER,
    "expected_qps": Kind.NUMBER,
    "throughput_rps": Kind.NUMBER,
    "max_gpus": Kind.NUMBER,
    "preferred_models": Kind.MODEL,
    "excluded_models": Kind.MODEL,
    "available_gpus": Kind.GPU,
}
"""What the words for a field must hold; the other fields are read by the rules for requests alone."""


@dataclass(frozen=True)
class QuotedValues:
    """Fields with the values read for them, and the words that they came from."""

    values: dict[str, Any] = field(default_factory=dict)
    evidence: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Value:
    value: Any
    at: frozenset[int]
    """The tokens that hold the figure or the names."""
    words: str


class QuotedText:
    """A person's text in which quotes are looked up.

    ``known_models`` are the catalogue's short names; ``supposing`` says that the text asks what would be.

    Raises:
        InvalidInputError: the text is too long to be read.
    """

    def __init__(self, text: str, *, known_models: Sequence[str] = (), supposing: bool = False) -> None:
        self._utterance = read_utterance(text, known_models)
        self._folded = fold(self._utterance.plain)
        self._known_models = known_models
        self._supposing = supposing
        self._read = Covered(
            outcome.span for outcome in field_outcomes(self._utterance, None, known_models, supposing=supposing)
        )

    def words_for(self, quotes: Sequence[Quote], name: str) -> str | None:
        """The person's words that ``quotes`` give for the field ``name``, unless they say something else already."""
        for quote in quotes:
            if quote.field == name:
                for span in self._places(quote.words):
                    if self._has_words_of_its_own(span):
                        return self._utterance.words(span)
        return None

    def said(self, words: str) -> str | None:
        """``words`` as the person wrote them, or ``None`` where they did not."""
        return next((self._utterance.words(span) for span in self._places(words)), None)

    def values(self, quotes: Sequence[Quote], *, use_case: UseCase | None = None) -> QuotedValues:
        """What ``quotes`` give, by rules; a word that two fields claim gives neither."""
        found: dict[str, list[_Value]] = {}
        for quote in dict.fromkeys(quotes):
            if (value := self._value(quote, use_case)) is not None:
                found.setdefault(quote.field.value, []).append(value)
        claims = [(name, at) for name, values in found.items() for value in values for at in value.at]
        contested = {at for name, at in claims if any(at == other and name != by for by, other in claims)}
        values: dict[str, Any] = {}
        evidence: dict[str, str] = {}
        for name, candidates in found.items():
            if any(contested & value.at for value in candidates):
                continue
            merged = _merged(name, candidates)
            if merged is not None and reason_against(name, settled(name, merged)) is None:
                values[name] = settled(name, merged)
                evidence[name] = "; ".join(value.words for value in candidates)
        return QuotedValues(values, evidence)

    def _value(self, quote: Quote, use_case: UseCase | None) -> _Value | None:
        for span in self._places(quote.words):
            value = self._by_rules(quote.field.value, span, use_case)
            if value is not None and not any(Span(at, at + 1) in self._read for at in value.at):
                return value
        return None

    def _places(self, words: str) -> Iterator[Span]:
        """Where the person said ``words``, as whole tokens."""
        parts = fold(normalise(words)).strip("\"'").split()
        if not parts:
            return
        for match in re.finditer(r"\s+".join(map(re.escape, parts)), self._folded):
            start, end = match.span()
            inside = [i for i, token in enumerate(self._utterance.tokens) if token.end > start and token.start < end]
            if not inside:
                continue
            first, last = self._utterance.tokens[inside[0]], self._utterance.tokens[inside[-1]]
            if first.start >= start and last.end <= end:
                yield Span(inside[0], inside[-1] + 1)

    def _has_words_of_its_own(self, span: Span) -> bool:
        own = (Span(at, at + 1) for at in range(span.start, span.end) if self._tokens[at].kind is Kind.WORD)
        return any(word not in self._read for word in own)

    @property
    def _tokens(self) -> Sequence[Token]:
        return self._utterance.tokens

    def _by_rules(self, name: str, span: Span, use_case: UseCase | None) -> _Value | None:
        """The value of the field ``name`` in ``span``: as requests are read, or the one amount of its kind."""
        part = self._utterance.part(span)
        outcomes = list(field_outcomes(part, use_case, self._known_models, supposing=self._supposing))
        values, _, rejected = settle(part, outcomes)
        if any(value.field == name for value in rejected):
            return None
        if name in values:
            spans = [o.span for o in outcomes if isinstance(o, Finding) and o.field == name]
            at = self._holding(name, (Span(span.start + s.start, span.start + s.end) for s in spans))
            return None if self._is_negated(name, at) else _Value(values[name], at, self._utterance.words(span))
        if any(value in _KINDS for value in values):
            return None
        return self._by_kind(name, span)

    def _holding(self, name: str, spans: Iterator[Span]) -> frozenset[int]:
        """The tokens of ``spans`` that hold the field's figure or name: of its kind, or where none is, of any."""
        indices = {at for span in spans for at in range(span.start, span.end)}
        held = frozenset(at for at in indices if self._tokens[at].value is not None)
        return frozenset(at for at in held if self._tokens[at].kind is _KINDS.get(name)) or held

    def _by_kind(self, name: str, span: Span) -> _Value | None:
        kind = _KINDS.get(name)
        at = [index for index in range(span.start, span.end) if self._tokens[index].kind is kind]
        if not at or (len(at) > 1 and name not in _NAMES):
            return None
        held = frozenset(at)
        if self._is_negated(name, held):
            return None
        value = self._names(at) if name in _NAMES else self._amount(name, at[0])
        return None if value is None else _Value(value, held, self._utterance.words(span))

    def _is_negated(self, name: str, held: frozenset[int]) -> bool:
        if name == "excluded_models" or not held:
            return False
        first = min(held)
        return bool(_NEGATED.search(self._utterance.before(Span(first, first + 1), 8)))

    def _names(self, at: Sequence[int]) -> tuple[str, ...] | None:
        names: list[str] = []
        for index in at:
            mention = self._tokens[index].value
            if isinstance(mention, ModelMention):
                names += mention.names
            elif isinstance(mention, GpuMention):
                if not mention.gpus:
                    return None
                names += mention.gpus
        return tuple(dict.fromkeys(names)) or None

    def _amount(self, name: str, at: int) -> float | None:
        amount, span = self._tokens[at].value, Span(at, at + 1)
        if not isinstance(amount, Amount):
            return None
        after = self._utterance.after(span, 5)
        if name.endswith("_usd"):
            return self._dollars(name, amount, at)
        if name in ("expected_qps", "throughput_rps"):
            period = _PER_TIME.match(after)
            return amount.value / _SECONDS[period["unit"]] if period else None
        if name == "active_fraction":
            return amount.value / 100
        if name == "max_gpus":
            return amount.count if _GPUS_COUNTED.match(after) else None
        if name in ("user_count", "concurrent_users"):
            return None if _NOT_PEOPLE.match(after) or _PER_TIME.match(after) else amount.count
        return amount.count if name.endswith("_tokens") else amount.value

    def _dollars(self, name: str, amount: Amount, at: int) -> float | None:
        """An amount in US dollars for the period of ``name``; without any it is for a month, as everywhere."""
        sentence = self._utterance.sentences[at]
        symbols = zip(self._utterance.symbols, self._utterance.sentences, strict=True)
        periods = {_PERIODS[symbol] for symbol, number in symbols if number == sentence and symbol in _PERIODS}
        kept = "hour" if name == "max_hourly_cost_usd" else "month"
        fits = periods == {kept} or (kept == "month" and not periods)
        return amount.count if amount.currency == "USD" and fits else None


def _merged(name: str, candidates: Sequence[_Value]) -> Any:
    """One value of several quotes: names together, figures only where they are the same."""
    if name in _NAMES:
        return tuple(dict.fromkeys(item for value in candidates for item in value.value))
    first = candidates[0].value
    return first if all(value.value == first for value in candidates) else None
