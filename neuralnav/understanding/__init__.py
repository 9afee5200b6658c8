"""Understands what people write: requests become intents, replies become actions. Deterministic, without a model."""

from neuralnav.understanding.questions import missing_fields, question_for
from neuralnav.understanding.reply import read_reply
from neuralnav.understanding.request import read_request

__all__ = ["missing_fields", "question_for", "read_reply", "read_request"]
