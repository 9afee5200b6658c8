"""How a language model fails, and how often each way of failing is worth another try."""

from __future__ import annotations

from enum import StrEnum

import httpx
from langchain_core.exceptions import OutputParserException
from pydantic import ValidationError


class CutAnswerError(Exception):
    """The answer ended before the model was done with it."""


class LongAnswerError(Exception):
    """The answer is longer than any that can be used."""


class Fault(StrEnum):
    """What kind of failure it was."""

    TRANSIENT = "transient"
    """Nobody there, broken off, or an error of the server: may pass by itself."""
    SLOW = "slow"
    """Nothing came in time."""
    MALFORMED = "malformed"
    """An answer that is not in the form asked for."""
    REFUSED = "refused"
    """It will be the same next time: an unknown model, a bad request, an endless answer."""


TRIES = {Fault.TRANSIENT: 3, Fault.SLOW: 2, Fault.MALFORMED: 2, Fault.REFUSED: 1}
"""How many tries there are in all once one failed in that way."""

MODEL_FAILURES = (
    CutAnswerError,
    LongAnswerError,
    TimeoutError,
    ConnectionError,
    httpx.HTTPError,
    httpx.InvalidURL,
    OutputParserException,
    ValidationError,
    ValueError,
    AttributeError,
    TypeError,
    RecursionError,
)
"""What asking a model is seen to raise, besides the client's own error for what the server answers.

The last four come from the client's own reading of lines: no JSON, JSON that is no object, JSON nested without end.
"""

_ERROR_IN_STREAM = -1
"""The status that the client gives to an error in the stream."""

_WORTH_ANOTHER_TRY = (408, 425, 429)


def fault_of(error: BaseException) -> Fault:
    """What kind of failure ``error`` is; a client's own error names the server's status as ``status_code``."""
    if isinstance(error, LongAnswerError | httpx.InvalidURL | httpx.UnsupportedProtocol):
        return Fault.REFUSED
    status = getattr(error, "status_code", None)
    if isinstance(status, int):
        passes = status == _ERROR_IN_STREAM or status >= 500 or status in _WORTH_ANOTHER_TRY
        return Fault.TRANSIENT if passes else Fault.REFUSED
    if isinstance(error, httpx.ConnectTimeout):
        return Fault.TRANSIENT
    if isinstance(error, TimeoutError | httpx.TimeoutException):
        return Fault.SLOW
    if isinstance(error, CutAnswerError | ConnectionError | httpx.TransportError):
        return Fault.TRANSIENT
    return Fault.MALFORMED
