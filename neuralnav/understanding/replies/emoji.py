"""Reads emoji: a thumb alone is assent or refusal, friendly ones beside words add nothing, others stay."""

from __future__ import annotations

from dataclasses import replace

from neuralnav.understanding.reading.tokens import Kind, Token
from neuralnav.understanding.reading.utterance import Utterance

_ASSENT = frozenset("👍👌✅🆗✔☑💯🙆")
_REFUSAL = frozenset("👎❌🚫🙅")
_FRIENDLY = _ASSENT | frozenset("🙏😀😃😄😁🙂😊😉🎉🚀❤💪✨🥳😍🤝🙌👏")
_MODIFIERS = frozenset("🏻🏼🏽🏾🏿♀♂\ufe0f")


def without_emoji(utterance: Utterance) -> Utterance:
    """``utterance`` with ``ok`` or ``no`` for a thumb that says all there is, and without friendly emoji elsewhere."""
    marks = {token.text for token in utterance.tokens}
    words = [token for token in utterance.tokens if not _is_in(token, _FRIENDLY | _MODIFIERS | _REFUSAL)]
    if len(words) == len(utterance.tokens):
        return utterance
    if words:
        return Utterance(
            utterance.plain, [token for token in utterance.tokens if not _is_in(token, _FRIENDLY | _MODIFIERS)]
        )
    assents, refuses = not marks.isdisjoint(_ASSENT), not marks.isdisjoint(_REFUSAL)
    if assents == refuses:
        return Utterance(utterance.plain, ())
    said = replace(utterance.tokens[0], kind=Kind.WORD, text="ok" if assents else "no")
    return Utterance(utterance.plain, (said,))


def _is_in(token: Token, emoji: frozenset[str]) -> bool:
    return token.kind is Kind.MARK and token.text in emoji
