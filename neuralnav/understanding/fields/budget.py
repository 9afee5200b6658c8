"""What it may cost: per month, per hour or per 1,000 tokens, in US dollars."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from neuralnav.understanding.fields.findings import Finding, Refused
from neuralnav.understanding.reading.tokens import Amount, Kind
from neuralnav.understanding.reading.utterance import Covered, Found, Span, Utterance
from neuralnav.understanding.words import budget as words

_MONTHLY = "max_monthly_cost_usd"
_HOURLY = "max_hourly_cost_usd"
_PER_1K = "max_cost_per_1k_tokens_usd"


def read_budget(utterance: Utterance) -> Iterator[Finding | Refused]:
    """Findings for the three cost limits; an amount in another currency is refused, never converted."""
    seen = Covered()
    for found in utterance.find(words.PRICE_OF_TOKENS):
        seen.add(found.span)
        if not re.search(words.BACKGROUND_BEFORE, utterance.before(found.span, 6)):
            yield from _price_of_tokens(utterance, found)
    for index, token in enumerate(utterance.tokens):
        span = Span(index, index + 1)
        if token.kind not in (Kind.MONEY, Kind.NUMBER) or not isinstance(token.value, Amount):
            continue
        if span not in seen:
            said = _Said(token.kind is Kind.MONEY, utterance.before(span, 9), utterance.after(span, 8))
            yield from _read_amount(token.value, span, said)


def _price_of_tokens(utterance: Utterance, found: Found) -> Iterator[Finding | Refused]:
    bought = next((found.groups[name] for name in ("tokens", "bought", "each") if name in found), None)
    priced = next(found.groups[name] for name in ("price", "sum", "cost") if name in found)
    several = bought is not None and utterance.symbols[bought.start] == "TOKENS"
    tokens = utterance.amount(bought).count if bought is not None and several else 1.0
    if tokens > 0:
        yield _limit(_PER_1K, utterance.amount(priced).times(1000 / tokens), found.span)


@dataclass(frozen=True, slots=True)
class _Said:
    """What stands around an amount, and whether it has a currency."""

    in_currency: bool
    before: str
    after: str

    @property
    def is_background(self) -> bool:
        """Whether the money is what something earns, saves or costs today, not what may be spent."""
        if re.match(words.PER_OTHER_AFTER, self.after) or re.match(words.BACKGROUND_AFTER, self.after):
            return True
        other = re.search(words.BACKGROUND_BEFORE, self.before)
        return other is not None and not re.search(words.OURS_TO_SPEND, self.before[other.end() - 1 :])

    @property
    def is_limit(self) -> bool:
        """Whether an amount without a period is what may be spent."""
        if self.in_currency:
            return bool(re.search(words.LIMIT_BEFORE, self.before) or re.match(words.LIMIT_AFTER, self.after))
        named = re.search(words.BUDGET_BEFORE, self.before)
        return named is not None and not re.match(words.COUNTED_AFTER, self.after)

    @property
    def is_new_budget(self) -> bool:
        """Whether it is what the budget became: ``the budget went up to 6k``."""
        return bool(re.search(words.BUDGET_BECAME_BEFORE, self.before) and re.match(words.ENDS_AFTER, self.after))

    def is_plain_budget(self, amount: Amount) -> bool:
        """Whether a plain figure right before the word is one: ``4k budget``."""
        named = re.match(words.PLAIN_BUDGET_AFTER, self.after)
        return named is not None and amount.value >= words.SMALLEST_PLAIN_BUDGET

    def is_money(self, amount: Amount, period: re.Match[str], follows: str) -> bool:
        """Whether a plain figure with a period is money: ``36k a year`` is, ``500 an hour`` may be requests."""
        if re.search(words.REQUESTS_BEFORE, self.before) or re.search(words.COUNTED_BEFORE, self.before):
            return False
        limited = bool(re.search(words.LIMIT_BEFORE, self.before) or re.match(words.LIMIT_AFTER, follows))
        if period.string is self.before:
            named = re.search(words.SPENDING_BEFORE, self.before) is not None
            return named or (limited and not re.match(r"^ [a-z]", self.after))
        if period["often"] and not re.match(words.ENDS_AFTER, follows):
            return False
        unit = period["unit"] or period["often"]
        if unit in words.HOURLY:
            return limited or not float(amount.value).is_integer()
        short = words.MONTHS[unit] < 1
        if short:
            return re.search(words.SPENDING_BEFORE, self.before) is not None
        return limited or not re.match(words.REQUESTS_AFTER, follows)


def _read_amount(amount: Amount, span: Span, said: _Said) -> Iterator[Finding | Refused]:
    if said.is_background:
        return
    period = re.match(words.PERIOD_AFTER, said.after) or re.search(words.PERIOD_BEFORE, said.before)
    if period is None:
        yield from _read_without_period(amount, span, said)
        return
    comes_after = period.string is said.after
    follows = said.after[period.end() - 1 :] if comes_after else said.after
    if not said.in_currency and not said.is_money(amount, period, follows):
        return
    groups = period.groupdict()
    unit = groups.get("unit") or groups["often"]
    length = len(period[0].split())
    evidence = Span(span.start, span.end + length) if comes_after else Span(span.start - length, span.end)
    if unit not in words.HOURLY:
        yield _limit(_MONTHLY, amount.times(1 / words.MONTHS[unit]), evidence)
    elif not re.match(words.PER_GPU_AFTER, follows) and not re.match(words.PER_GPU_AFTER, said.after):
        yield _limit(_HOURLY, amount, evidence)


def _read_without_period(amount: Amount, span: Span, said: _Said) -> Iterator[Finding | Refused]:
    """A budget without a period is one for a month, unless it is said to be spent once."""
    if not (said.is_limit or said.is_new_budget or said.is_plain_budget(amount)):
        return
    cue = re.search(words.LIMIT_BEFORE, said.before)
    evidence = Span(span.start - len(cue[0].split()), span.end) if cue else span
    if re.search(words.ONCE, said.before + said.after.lstrip()):
        yield Refused(_MONTHLY, evidence, "a budget is per month, hour or 1,000 tokens: say for which period")
    else:
        yield _limit(_MONTHLY, amount, evidence)


def _limit(field: str, amount: Amount, span: Span) -> Finding | Refused:
    if amount.currency not in (None, "USD"):
        return Refused(field, span, f"budgets are in US dollars: say the amount in USD, not {amount.currency}")
    value = amount.count if field == _MONTHLY else amount.value
    return Finding(field, round(value, 10), span)
