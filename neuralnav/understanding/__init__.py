"""Understands what people write: requests become intents, replies become actions. Deterministic, without a model.

A text is read once, in :mod:`neuralnav.understanding.reading`: normalised, cut into tokens, brought to canonical
spelling; numbers, quantities and names of models and GPUs become tokens of their own, so that the text is one line such
as ``chatbot for NUM user with ttft under TIME on GPU``. The readers in :mod:`neuralnav.understanding.fields` match
patterns over that line, each for its own fields, and hand over values with the words that they came from. Requests and
replies put these together. The vocabulary is in :mod:`neuralnav.understanding.words`.
"""

from neuralnav.understanding.questions import missing_fields, question_for
from neuralnav.understanding.reply import read_reply
from neuralnav.understanding.request import read_request

__all__ = ["missing_fields", "question_for", "read_reply", "read_request"]
