"""What it may cost: per month, per hour or per 1,000 tokens, in US dollars."""

from __future__ import annotations

import re
from collections.abc import Iterator

from neuralnav.understanding.fields.findings import Finding, Refused
from neuralnav.understanding.reading.tokens import Amount, Kind, Token
from neuralnav.understanding.reading.utterance import Span, Utterance, gap

_HOURS_PER_MONTH = 730.0
_MONTHLY = "max_monthly_cost_usd"
_HOURLY = "max_hourly_cost_usd"
_PER_1K = "max_cost_per_1k_tokens_usd"

_PERIODS = {
    "month": (_MONTHLY, 1.0), "mo": (_MONTHLY, 1.0), "mth": (_MONTHLY, 1.0), "monthly": (_MONTHLY, 1.0),
    "pm": (_MONTHLY, 1.0), "pcm": (_MONTHLY, 1.0),
    "year": (_MONTHLY, 1 / 12), "yr": (_MONTHLY, 1 / 12), "annum": (_MONTHLY, 1 / 12), "yearly": (_MONTHLY, 1 / 12),
    "annually": (_MONTHLY, 1 / 12), "annual": (_MONTHLY, 1 / 12), "y": (_MONTHLY, 1 / 12), "pa": (_MONTHLY, 1 / 12),
    "quarter": (_MONTHLY, 1 / 3), "quarterly": (_MONTHLY, 1 / 3),
    "week": (_MONTHLY, _HOURS_PER_MONTH / 168), "weekly": (_MONTHLY, _HOURS_PER_MONTH / 168),
    "day": (_MONTHLY, _HOURS_PER_MONTH / 24), "daily": (_MONTHLY, _HOURS_PER_MONTH / 24),
    "hour": (_HOURLY, 1.0), "hr": (_HOURLY, 1.0), "h": (_HOURLY, 1.0), "hourly": (_HOURLY, 1.0),
}  # fmt: skip
"""A period to the field that holds it and what turns the amount into that field's."""

_UNIT = r"(?:month|mo|mth|year|yr|y|annum|quarter|week|day|hour|hr|h)"
_EVERY = (
    rf"(?:(?:a|an|per|/|each|every|in a|for a|for each|by the) (?P<unit>{_UNIT})|(?P<often>monthly|"
    r"annually|yearly|hourly|daily|weekly|quarterly|pm|pcm|pa))"
)
_LIMIT = (
    r"(?:max|maximum|at most|or less|tops|top|limit|cap|ceiling|all in|in total|total|usd|budget|"
    r"at the most|spend|"
    r"in infrastructure|for (?:it|this|that|everything|hosting|infrastructure|gpu|compute|hardware)|"
    r"on (?:gpu|compute|"
    r"infrastructure|hosting|hardware|cloud))"
)
_AFTER = re.compile(rf"^ (?:{_LIMIT} )?{_EVERY} ")
_BEFORE = re.compile(
    r" (?P<often>monthly|annual|yearly|hourly|daily|weekly|quarterly|month|hour|year) "
    r"(?:(?:budget|cost|spend|spending|limit|cap|ceiling|bill|price|maximum|max|infrastructure|cloud|"
    r"hosting|gpu|of|is|"
    r"at|to|about|around|under|below|up|:|=|<|most|must|should|stay|not|exceed|be|a|the|no|more|than|"
    r"our|for) ){0,7}$"
)
_CUE_BEFORE = re.compile(
    r" (?:budget|budgeted|spend|spending|afford|pay|cost|costs|costing|bill|limit|cap|ceiling|allowance|"
    r"price|"
    r"at most|no more than|not more than|less than|under|below|max|maximum|up to|within|stay under|<) "
    r"(?:(?:of|is|was|were|at|to|about|around|:|=|<|under|below|up|down|max|maximum|most|no|more|than|"
    r"be|our|a|the|it|on|over|for|must|"
    r"should|stay|stays|not|exceed|only|just|roughly|this|per|that|can|we|have|limit|set|now|,|gpu|"
    r"total|least) ){0,6}$"
)
_CUE_AFTER = re.compile(
    r"^ (?:is |as |for |per |a |of )*(?:our |the |my )?(?:max |maximum |total |monthly |hourly )?"
    r"(?:budget|limit|cap|ceiling|max|maximum|tops|at most|to spend|is all|is what we (?:have|can spend))"
)
_OURS_TO_SPEND = re.compile(r" (?:budget|afford|limit|cap|ceiling|at most|no more than|max|maximum|up to) ")
_NOT_A_BUDGET_BEFORE = re.compile(
    r" (?:revenue|earn|earns|earning|turnover|charge|charges|charging|worth|sell|sells|selling|save|"
    r"saves|saving|savings|"
    r"lose|loses|losing|loss|losses|fine|fined|fines|salary|salaries|raised|raise|raising|paid|sales|"
    r"debt|profit|"
    r"costs? (?:us|them|me|you|a customer)|customer (?:pay|pays|spend)|user (?:pay|pays|spend)|"
    r"currently (?:spend|pay|spending|paying|cost|costs)|"
    r"spend currently|today we (?:pay|spend)|instead of|down from|rather than|than the|order of|orders of|"
    r"(?:order|item|product|purchase|gift|article|basket|cart|ticket|price) (?:under|over|below|above|"
    r"of|worth|from)|refund|refunds|invoice of|priced at|used to (?:pay|cost|spend)|grant|prize) "
    r"(?:[a-z':=]+ ){0,3}$"
)
_NOT_A_BUDGET_AFTER = re.compile(
    r"^ (?:a |per |/ )?(?:month |year |hour |day )?(?:in |of )?(?:revenue|sales|turnover|profit|salary|"
    r"savings|debt|funding|"
    r"company|startup|business|t ?shirt|product|item|order|purchase|refund|plan|subscription|today|"
    r"currently|now to|"
    r"to openai|for openai|right now|at the moment|gift|prize|deal|each (?:$|[,.;]))"
)
_PER_OTHER = re.compile(
    r"^ (?:(?:a|an|per|/|each|every|for each) )(?:user|seat|person|employee|agent|gpu|GPU|card|request|"
    r"query|call|message|"
    r"node|instance|replica|document|page|word|image|ticket|lawyer|developer|student|head|customer)\b"
)
_ONCE = re.compile(
    r" (?:one off|one time|once|upfront|up front|capex|lump sum|for the (?:whole )?(?:project|year|"
    r"pilot|quarter)|"
    r"in total|overall|altogether) "
)
_PRICE_OF_TOKENS = (
    rf"(?P<price>MONEY|NUM) {gap(1)}(?:per|/|for|a|each|every) (?:(?P<tokens>TOKENS)|"
    r"(?P<some>NUM) / (?P<tk>token)|(?P<one>token))"
)
_ASKS_FOR_REQUESTS = re.compile(
    r" (?:request|query|call|message|prompt|question|hit|search) (?:(?!budget|cost|spend|for)[a-z:=]+ ){0,3}$"
)


def read_budget(utterance: Utterance) -> Iterator[Finding | Refused]:
    """Findings for the three cost limits; an amount in another currency is refused, never converted."""
    seen: list[Span] = []
    for found in utterance.find(_PRICE_OF_TOKENS):
        seen.append(found.span)
        tokens = utterance.amount(found.groups["tokens"]).count if "tokens" in found else 1.0
        price = utterance.amount(found.groups["price"])
        if "some" not in found and tokens > 0:
            yield _limit(_PER_1K, price.times(1000 / tokens), found.span)
    for index, token in enumerate(utterance.tokens):
        span = Span(index, index + 1)
        if isinstance(token.value, Amount) and not any(span.overlaps(other) for other in seen):
            yield from _amount(utterance, token, token.value, span)


def _amount(utterance: Utterance, token: Token, amount: Amount, span: Span) -> Iterator[Finding | Refused]:
    if token.kind not in (Kind.MONEY, Kind.NUMBER):
        return
    before, after = utterance.before(span, 9), utterance.after(span, 8)
    if _PER_OTHER.match(after) or (_is_background(before, after)):
        return
    period = _AFTER.match(after) or _BEFORE.search(before)
    if period and token.kind is Kind.NUMBER and not _is_money(token, amount, before, after, period):
        return
    words = _words(utterance, span, period, before)
    if period:
        groups = period.groupdict()
        field, factor = _PERIODS[groups.get("unit") or groups["often"]]
        if field == _HOURLY and re.match(r" (?:an|per|/|a) (?:gpu|GPU|card) ", after):
            return
        yield _limit(field, amount.times(factor), words)
    elif _is_budget(token, before, after):
        if _ONCE.search(f"{before}{after}"):
            yield Refused(_MONTHLY, words, "a budget is per month, hour or 1,000 tokens: say for which period")
        else:
            yield _limit(_MONTHLY, amount, words)


def _is_background(before: str, after: str) -> bool:
    """Whether the money is what something earns, saves or costs today, not what may be spent."""
    if _NOT_A_BUDGET_AFTER.match(after):
        return True
    said = _NOT_A_BUDGET_BEFORE.search(before)
    return bool(said) and not _OURS_TO_SPEND.search(before[said.end() - 1 if said else 0 :])


def _is_money(token: Token, amount: Amount, before: str, after: str, period: re.Match[str]) -> bool:
    """Whether a figure without a currency is money: ``36k a year`` is, ``500 an hour`` may be requests."""
    if _ASKS_FOR_REQUESTS.search(before):
        return False
    cued = bool(
        _CUE_BEFORE.search(before) or _CUE_AFTER.search(after[period.end() - 1 :] if period.re is _AFTER else after)
    )
    if period.re is not _AFTER:
        return (
            cued and not re.match(r" [a-z]+", after) or bool(re.search(r" (?:budget|cost|spend|bill|price) ", before))
        )
    unit = period.groupdict().get("unit") or period["often"]
    field, _ = _PERIODS[unit]
    follows = after[period.end() - 1 :]
    if (
        "often" in period.groupdict()
        and period["often"]
        and not re.match(r"^ (?:$|[,.;/]|(?:max|budget|at|for|or|and|on) )", follows)
    ):
        return False
    if field == _HOURLY or unit in ("day", "daily", "week", "weekly"):
        return cued or (field == _HOURLY and amount.value != int(amount.value))
    return cued or not re.match(r" (?:request|query|call|user|visit|message)", follows)


def _is_budget(token: Token, before: str, after: str) -> bool:
    """Whether an amount without a period is what may be spent."""
    if token.kind is Kind.MONEY:
        return bool(_CUE_BEFORE.search(before) or _CUE_AFTER.match(after))
    named = re.search(
        r" budget (?:(?:of|is|was|were|be|becomes?|drops?|rises?|at|to|about|around|:|=|<|under|up|down|max|"
        r"limit|cap|now|only|just|,) ){0,4}$",
        before,
    )
    return bool(named) and not re.match(r" (?:GPU|gpu|card|user|people|ms|request|token|x) ", after)


def _words(utterance: Utterance, span: Span, period: re.Match[str] | None, before: str) -> Span:
    """The amount with its period, and with what names it a limit where that stands right before it."""
    if period is not None and period.re is _AFTER:
        return Span(span.start, span.end + len(period[0].split()))
    if period is not None:
        return Span(span.start - len(period[0].split()), span.end)
    cue = _CUE_BEFORE.search(before)
    return Span(span.start - len(cue[0].split()), span.end) if cue else span


def _limit(field: str, amount: Amount, span: Span) -> Finding | Refused:
    if amount.currency not in (None, "USD"):
        return Refused(field, span, f"budgets are in US dollars: say the amount in USD, not {amount.currency}")
    value = amount.count if field == _MONTHLY else amount.value
    return Finding(field, round(value, 10), span)
