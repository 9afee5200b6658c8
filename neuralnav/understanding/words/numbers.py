"""Number words, scales and the words around them."""

from __future__ import annotations

from neuralnav.understanding.words.tables import word_set

UNITS = {
    "zero": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
    "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16,
    "seventeen": 17, "eighteen": 18, "nineteen": 19,
}  # fmt: skip

TENS = {
    "twenty": 20, "thirty": 30, "forty": 40, "fourty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80,
    "ninety": 90,
}  # fmt: skip

SCALES = {
    "hundred": 1e2,
    "thousand": 1e3,
    "k": 1e3,
    "grand": 1e3,
    "million": 1e6,
    "mio": 1e6,
    "mln": 1e6,
    "mn": 1e6,
    "mm": 1e6,
    "billion": 1e9,
    "bn": 1e9,
    "lakh": 1e5,
    "crore": 1e7,
    "dozen": 12,
}
"""What multiplies the number before it."""

WRITTEN_SCALES = word_set("hundred thousand million billion lakh crore dozen")
"""Scales that also stand after ``a``, ``half a`` and ``a couple of``."""

COUNTED_IN_MILLIONS = word_set(
    "user people customer subscriber member account citizen request query call token message reader visitor "
    "daily monthly active registered usd dollar"
)
"""Before these a small ``m`` right after a figure means million: ``5m users``."""

PLURAL_SCALES = {
    "hundreds": "hundred",
    "thousands": "thousand",
    "millions": "million",
    "billions": "billion",
    "dozens": "dozen",
}
"""A scale in the plural: exact only after a number (``2 millions``), else vague (``thousands of users``)."""

VAGUE = word_set("few several many some multiple various tens hundreds thousands dozens countless")
"""Before a scale these leave the number open: ``a few hundred``."""

NOT_THE_NUMBER_ONE_BEFORE = word_set("no any this that the which each every some other another")
ONE_COUNTS = word_set(
    "hundred thousand million billion dozen lakh crore point user person people gpu card node server "
    "request query call "
    "message second minute hour token dollar buck cent percent page concurrent developer engineer "
    "lawyer analyst agent "
    "customer employee student % cluster nvidia"
)
"""Before these ``one`` is a number and no pronoun."""

ZERO_IS_NONE = word_set("error mistake tolerance hallucination downtime trust shot day lag latency delay")
"""Before these ``zero`` means none at all and counts nothing."""

TAILS = (
    ("or", "so"),
    ("or", "more"),
    ("or", "less"),
    ("or", "fewer"),
    ("and", "up"),
    ("plus",),
    ("odd",),
    ("ish",),
    ("strong",),
)
"""Words right after a number that do not change it."""
