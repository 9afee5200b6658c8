"""What every domain type shares: frozen, closed to unknown fields, with finite numbers and text that can be stored."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

_SURROGATES = re.compile("[\ud800-\udfff]")
_UNNAMEABLE = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")


class Frozen(BaseModel):
    """A value: immutable, no unknown fields, finite numbers only."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        allow_inf_nan=False,
        str_strip_whitespace=True,
        use_attribute_docstrings=True,
    )


def valid_unicode(text: str) -> str:
    """``text`` with U+FFFD for each lone surrogate, which UTF-8 cannot hold."""
    return _SURROGATES.sub("\N{REPLACEMENT CHARACTER}", text)


def _plain(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    return _CONTROLS.sub("", valid_unicode(value.replace("\r\n", "\n")))


def _name(value: Any) -> Any:
    if isinstance(value, str) and _UNNAMEABLE.search(value.strip(" \t\r\n")):
        raise ValueError("a name without control characters")
    return value


def _numeric(value: Any) -> Any:
    if isinstance(value, bool | str | bytes):
        raise ValueError("a number, not a text and not true or false")  # noqa: TRY004 - Pydantic takes no TypeError
    return value


def _whole(value: Any) -> Any:
    number = _numeric(value)
    return int(number) if isinstance(number, float) and number.is_integer() else number


PlainText = Annotated[str, BeforeValidator(_plain)]
"""A person's words: control characters but tabs and line ends are taken out, lone surrogates become U+FFFD."""

Name = Annotated[str, BeforeValidator(_name)]
"""A short text that means one thing: control characters and lone surrogates are refused."""

Number = Annotated[float, BeforeValidator(_numeric)]
"""A number that was given as one: no text and no truth value."""

WholeNumber = Annotated[int, BeforeValidator(_whole)]
"""A whole number that was given as a number; ``1000.0`` is one."""

Milliseconds = Annotated[Number, Field(gt=0, le=3_600_000)]
"""A duration of more than 0 and at most one hour."""

Tokens = Annotated[WholeNumber, Field(ge=1, le=10_000_000)]
"""A token count of one request."""

RequestsPerSecond = Annotated[Number, Field(gt=0, le=1_000_000)]
"""A request rate."""

UsDollars = Annotated[Number, Field(gt=0, le=1_000_000_000)]
"""An amount of money."""

Ratio = Annotated[Number, Field(ge=0, le=1)]
"""A share of a whole."""

UserCount = Annotated[WholeNumber, Field(ge=1, le=100_000_000)]
"""A number of people."""

TensorParallel = Annotated[WholeNumber, Field(ge=1, le=64)]
"""GPUs that share one replica's weights."""

GpuCount = Annotated[WholeNumber, Field(ge=1, le=100_000)]
"""A number of GPUs."""

ModelId = Annotated[str, Field(pattern=r"^[A-Za-z0-9][\w.-]*/[\w.-]+$", max_length=120)]
"""A Hugging Face id, in its published letter case."""
