"""Units and currencies as people write them."""

from __future__ import annotations

from neuralnav.understanding.words.tables import word_set

MILLISECONDS = {
    "us": 0.001,
    "µs": 0.001,
    "μs": 0.001,
    "microsecond": 0.001,
    "ms": 1.0,
    "millisecond": 1.0,
    "s": 1000.0,
    "second": 1000.0,
    "sec": 1000.0,
    "min": 60_000.0,
    "minute": 60_000.0,
    "h": 3_600_000.0,
    "hr": 3_600_000.0,
    "hour": 3_600_000.0,
}
"""Units of time, in milliseconds."""

LONG_PERIODS = word_set("day night week weekend month quarter year decade wk mo yr")
"""Spans that no latency is given in."""

TOKEN_WORDS = word_set("token tok toks tkn tks")

SIZES = word_set("b gb gib mb mib kb kib tb tib g gbps mbps hz ghz mhz w kw px dpi fps km kg cm")
"""Units of what no field holds; ``b`` is a model's parameters."""

CURRENCY_MARKS = {"$": "USD", "€": "EUR", "£": "GBP", "¥": "JPY", "₹": "INR", "₩": "KRW", "₽": "RUB", "₺": "TRY"}

CURRENCY_WORDS = {
    "usd": "USD",
    "dollar": "USD",
    "buck": "USD",
    "eur": "EUR",
    "euro": "EUR",
    "gbp": "GBP",
    "pound": "GBP",
    "quid": "GBP",
    "sterling": "GBP",
    "jpy": "JPY",
    "yen": "JPY",
    "cny": "CNY",
    "rmb": "CNY",
    "yuan": "CNY",
    "inr": "INR",
    "rupee": "INR",
    "chf": "CHF",
    "cad": "CAD",
    "aud": "AUD",
    "nzd": "NZD",
    "sgd": "SGD",
    "hkd": "HKD",
    "sek": "SEK",
    "nok": "NOK",
    "dkk": "DKK",
    "pln": "PLN",
    "czk": "CZK",
    "brl": "BRL",
    "krw": "KRW",
    "zar": "ZAR",
}
"""Currencies after (or, for codes, before) an amount."""

DOLLAR_COUNTRIES = {
    "us": "USD", "u": "USD", "c": "CAD", "ca": "CAD", "a": "AUD", "au": "AUD", "nz": "NZD", "s": "SGD", "hk": "HKD",
    "american": "USD", "canadian": "CAD", "australian": "AUD", "singapore": "SGD", "zealand": "NZD", "kong": "HKD",
}  # fmt: skip
"""What stands right before ``$`` or ``dollars`` and says whose they are."""
