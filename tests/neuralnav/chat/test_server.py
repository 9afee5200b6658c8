"""Listening: the port is taken before anything slow begins, and what is wrong with it is said."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from neuralnav.chat.server import address, listen, serve
from neuralnav.errors import InvalidInputError, UnavailableError
from neuralnav.settings import Settings


def test_a_port_in_use_is_named_before_anything_is_started(tmp_path: Path) -> None:
    with listen("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        lines: list[str] = []
        with pytest.raises(UnavailableError, match=f"Port {port} .* in use.*--port {port + 1}"):
            serve(Settings(home=tmp_path / "home", port=port, database_url=None), on_progress=lines.append)
    assert lines == []
    assert not (tmp_path / "home").exists()


def test_a_port_is_free_again_as_soon_as_its_server_is_gone() -> None:
    with listen("127.0.0.1", 0) as first:
        port = first.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)), first.accept()[0]:
            pass
    with listen("127.0.0.1", port) as second:
        assert second.getsockname()[1] == port


@pytest.mark.parametrize("host", ["192.0.2.1", "no-such-host.invalid"])
def test_an_address_of_another_machine_is_refused(host: str) -> None:
    with pytest.raises(InvalidInputError, match=host):
        listen(host, 0)


@pytest.mark.parametrize(("host", "found"), [("127.0.0.1", "http://127.0.0.1:8000"), ("::1", "http://[::1]:8000")])
def test_the_address_is_one_that_a_browser_takes(host: str, found: str) -> None:
    assert address(Settings(host=host, port=8000, database_url=None)) == found
