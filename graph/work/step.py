"""How a step tells that it began, how far it is, and what it found."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from langchain_core.runnables import RunnableConfig
from langgraph.config import get_stream_writer

from tools.progress import reported_to


@contextmanager
def step(node: str) -> Iterator[list[str]]:
    """Report a step on the run's custom stream: when it begins, how far it is, what it found and how long it took."""
    write = get_stream_writer()
    write({"step": node, "state": "began"})
    begun = time.perf_counter()
    found: list[str] = []
    with reported_to(lambda words: write({"step": node, "state": "working", "found": words})):
        yield found
    took_ms = (time.perf_counter() - begun) * 1000
    write({"step": node, "state": "done", "found": " ".join(found), "took_ms": round(took_ms, 1)})


def saying(node: str, words: str) -> None:
    """Stream ``words`` to the person while ``node`` is still at work; its message will hold them too."""
    get_stream_writer()({"step": node, "state": "saying", "found": words})


def thread_id(config: RunnableConfig) -> str:
    """The conversation that a run belongs to."""
    return str(config.get("configurable", {}).get("thread_id", ""))
