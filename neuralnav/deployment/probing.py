"""Trying a deployment with real requests: is it there, does it serve the model, and how fast under a light load."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx

from neuralnav.deployment.probing_cases import ProbeCase, prompt
from neuralnav.deployment.probing_report import WELL, ProbeAnswer, ProbeReport, typical
from neuralnav.deployment.probing_stream import MOST_BYTES, stream_once

TOTAL_S = 180.0
"""The longest that trying takes in all."""

REQUEST_S = 60.0
"""The longest that one request may take."""

LOOK_S = 10.0
"""The longest that ``/health`` or ``/v1/models`` may take."""

LOOKS = 5
"""Times that ``/health`` is asked, to know what the network takes."""

WARM_UP = ProbeCase(name="warm up", prompt_tokens=100, output_tokens=8, requests=1)
REFUSED = frozenset({400, 422})
_DIALECTS: tuple[Mapping[str, Any], ...] = (
    {"ignore_eos": True, "stream_options": {"include_usage": True}},
    {"stream_options": {"include_usage": True}},
    {},
)
"""Fields beyond the plainest request, which not every gateway takes; the first that is taken is kept."""


async def probe(
    client: httpx.AsyncClient,
    model: str,
    cases: Sequence[ProbeCase],
    *,
    seed: int,
    total_s: float = TOTAL_S,
    request_s: float = REQUEST_S,
) -> ProbeReport:
    """What the server behind ``client``, whose base address is the server's, makes of ``cases``.

    Never raises for what the server does: that is in the report.

    Args:
        client: reaches the server under ``/health`` and ``/v1/...``.
        model: the name that requests give.
        cases: what to ask; one request before them warms up and is not counted.
        seed: chooses the words of the prompts. Another one each time, or a prefix cache knows them already.
        total_s: the longest that all of it takes.
        request_s: the longest that one request may take.
    """
    trial = _Trial(client, model, seed, time.monotonic() + total_s, request_s)
    started_at, began = datetime.now(UTC), time.monotonic()
    health = await trial.health()
    served = await trial.served()
    warm_up = await trial.warm_up()
    answers: list[ProbeAnswer] = []
    for case in cases if warm_up.error is None else ():
        if trial.left_s <= 0:
            break
        answers += await trial.case(case)
    wanted = sum(case.requests for case in cases) if warm_up.error is None else 0
    return ProbeReport(
        model=model,
        started_at=started_at,
        duration_s=time.monotonic() - began,
        cases=tuple(cases),
        health=health,
        roundtrip_ms=typical(trial.roundtrips_ms),
        worst_roundtrip_ms=max(trial.roundtrips_ms, default=None),
        served=served,
        warm_up=warm_up,
        answers=tuple(answers),
        complete=len(answers) == wanted,
    )


@dataclass
class _Trial:
    """One trial: its time, and what it has learnt of the server."""

    client: httpx.AsyncClient
    model: str
    seed: int
    end: float
    request_s: float
    dialect: Mapping[str, Any] = field(default_factory=lambda: _DIALECTS[0])
    tokens_a_word: float = 1.0
    asked: int = 0
    roundtrips_ms: list[float] = field(default_factory=list)

    @property
    def left_s(self) -> float:
        """Time that is left, in seconds."""
        return self.end - time.monotonic()

    async def health(self) -> str:
        """What ``/health`` gives; the first look opens the connection, those after it are timed."""
        said = ""
        for look in range(LOOKS + 1):
            said = await self._timed_look()
            if not look:
                self.roundtrips_ms.clear()
            if said != WELL:
                break
        return said

    async def served(self) -> tuple[str, ...]:
        """The names of models that the server gives."""
        status, document, _ = await self._look("/v1/models")
        listed = document.get("data") if status == httpx.codes.OK and isinstance(document, dict) else None
        if not isinstance(listed, list):
            return ()
        return tuple(str(one.get("id"))[:200] for one in listed[:100] if isinstance(one, dict))

    async def warm_up(self) -> ProbeAnswer:
        """A first request, with as many further fields as the server takes."""
        for dialect in _DIALECTS:
            self.dialect = dialect
            answer = await self._ask(WARM_UP)
            if answer.status not in REFUSED:
                break
        if answer.prompt_tokens:
            self.tokens_a_word = min(max(answer.prompt_tokens / WARM_UP.prompt_tokens, 0.5), 4.0)
        return answer

    async def case(self, case: ProbeCase) -> list[ProbeAnswer]:
        """The answers to one case; fewer than it asks for when there is no time left."""
        answers: list[ProbeAnswer] = []
        while len(answers) < case.requests and self.left_s > 0:
            together = min(case.at_once, case.requests - len(answers))
            await self._timed_look()
            answers += await asyncio.gather(*(self._ask(case) for _ in range(together)))
        return answers

    async def _ask(self, case: ProbeCase) -> ProbeAnswer:
        self.asked += 1
        text = prompt(round(case.prompt_tokens / self.tokens_a_word), self.seed * 1000 + self.asked)
        body = {
            "model": self.model,
            "messages": [{"role": "user", "content": text}],
            "max_tokens": case.output_tokens,
            "temperature": 0,
            "stream": True,
            **self.dialect,
        }
        return await stream_once(self.client, body, case.name, max(min(self.request_s, self.left_s), 0.1))

    async def _timed_look(self) -> str:
        began = time.perf_counter()
        status, _, said = await self._look("/health")
        if status == httpx.codes.OK:
            self.roundtrips_ms.append((time.perf_counter() - began) * 1000)
        return said

    async def _look(self, path: str) -> tuple[int | None, Any, str]:
        """Status, JSON document and either in words."""
        limit = max(min(LOOK_S, self.left_s), 0.1)
        try:
            async with asyncio.timeout(limit), self.client.stream("GET", path, timeout=limit) as response:
                body = b""
                async for part in response.aiter_bytes():
                    body += part
                    if len(body) > MOST_BYTES:
                        return None, None, f"more than {MOST_BYTES:,} bytes"
        except (TimeoutError, httpx.TimeoutException):
            return None, None, f"no answer within {limit:.0f} s"
        except (httpx.HTTPError, httpx.InvalidURL) as failure:
            return None, None, f"no connection: {type(failure).__name__}"
        try:
            document = json.loads(body) if body else None
        except (ValueError, RecursionError):
            document = None
        return response.status_code, document, str(response.status_code)
