"""Trouble on the way: answers of a busy or broken server, and connections that end."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Fault:
    """What happens to the next requests that match.

    ``429`` with ``Retry-After`` is API Priority and Fairness (https://kubernetes.io/docs/concepts/cluster-administration/flow-control/);
    code 0 closes the connection, before the request is carried out or, with ``afterwards``, when it has been.
    """

    code: int
    times: int = 1
    method: str = ""
    """Empty: any."""
    path_part: str = ""
    retry_after: int = 1
    afterwards: bool = False

    def matches(self, method: str, path: str) -> bool:
        return self.method in ("", method) and self.path_part in path
