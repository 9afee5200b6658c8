"""``neuralnav serve``: the chat as a web server."""

from __future__ import annotations

from neuralnav.chat.server import serve
from neuralnav.errors import FieldProblem, InvalidInputError
from neuralnav.settings import get_settings


def run(host: str | None, port: int | None) -> int:
    """Serve until stopped."""
    settings = get_settings()
    if port is not None and not 1 <= port <= 65535:
        raise InvalidInputError(f"--port cannot be {port}.", (FieldProblem("--port", port, "1 to 65535"),))
    given = {"host": host, "port": port}
    serve(settings.model_copy(update={key: value for key, value in given.items() if value is not None}))
    return 0
