"""What clients add to the times of an engine: HTTP, tokenising and streaming, which take time outside it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from neuralnav.performance.arrivals import Requests
from neuralnav.performance.routing import Served


@dataclass(frozen=True)
class Clients:
    """Seconds around each first token besides the engine's own."""

    request_s: float = 0.0
    """Whatever the request."""
    prompt_token_s: float = 0.0
    """For each prompt token, such as tokenising it."""
    stream_s: float = 0.0
    """For each request in flight: one process serves all streams."""

    def added_s(self, streams: float) -> float:
        """What is added to each request with so many in flight, its prompt aside."""
        return self.request_s + self.stream_s * streams

    def with_prompts(self, requests: Requests, served: Served) -> Served:
        """``served`` with what is added for each token of a prompt."""
        prompts_s = self.prompt_token_s * requests.prompt_tokens
        return replace(served, first_token_s=served.first_token_s + prompts_s, finish_s=served.finish_s + prompts_s)


def mean_streams(served: Served, ranks: int = 1) -> float:
    """Requests in flight on all ``ranks`` as one of them meets them: itself and those that run, idle times included."""
    elapsed_s = float(served.finish_s.max() - served.arrival_s.min())
    return 1 + ranks * served.running_s / max(elapsed_s, served.busy_s)
