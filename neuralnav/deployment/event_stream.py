"""Reading an answer that a model server streams in OpenAI's protocol."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from typing import Any

import httpx

_DATA = b"data:"


async def events_of(response: httpx.Response, most_bytes: int) -> AsyncGenerator[str]:
    """The data of each event; events of one line are all that OpenAI's protocol has.

    Raises:
        OverflowError: the stream has more than ``most_bytes``.
    """
    rest, size = b"", 0
    async for part in response.aiter_bytes():
        size += len(part)
        if size > most_bytes:
            raise OverflowError(size)
        *lines, rest = (rest + part).split(b"\n")
        for line in lines:
            if line.startswith(_DATA):
                yield line.removeprefix(_DATA).strip().decode(errors="replace")


def token_count(usage: Mapping[str, Any] | None, field: str) -> int | None:
    """A figure of ``usage``; ``None``: the server does not say, or says something else than a number of tokens."""
    value = usage.get(field) if usage else None
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None
