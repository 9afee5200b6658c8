"""The chat's door: addresses, keys, passwords and other sites."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from neuralnav.chat.access import Door, Entry, entry_of, is_loopback, password_of, session_key
from neuralnav.chat.passwords import PASSWORD_FILE, made_at_the_first_start
from neuralnav.errors import UnavailableError
from neuralnav.settings import Settings


def settings(home: Path, **given: object) -> Settings:
    return Settings.model_validate({"home": home, "database_url": None, **given})


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "localhost", "LOCALHOST", "::1", "[::1]"])
def test_loopback_is_recognised(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.0.0.1", "127.0.0.1.evil.example", "localhost.evil.example", ""])
def test_everything_else_is_not_loopback(host: str) -> None:
    assert not is_loopback(host)


@pytest.mark.parametrize(
    ("given", "entry"),
    [
        ({}, Entry.HERE),
        ({"host": "::1"}, Entry.HERE),
        ({"host": "0.0.0.0"}, Entry.PASSWORD),
        ({"password": "x"}, Entry.PASSWORD),
        ({"user_header": "X-Forwarded-User", "password": "x"}, Entry.HEADER),
        ({"allowed_users": ["@example.com"]}, Entry.NONE),
        ({"allowed_users": ["ada"], "password": "x"}, Entry.PASSWORD),
    ],
)
def test_only_whoever_is_at_this_machine_gets_in_unasked(
    tmp_path: Path, given: dict[str, object], entry: Entry
) -> None:
    assert entry_of(settings(tmp_path, **given)) is entry


def test_a_password_is_made_once_and_only_its_hash_is_kept(tmp_path: Path) -> None:
    open_to_all = settings(tmp_path, host="0.0.0.0")
    password = made_at_the_first_start(open_to_all)
    assert password
    assert made_at_the_first_start(open_to_all) is None
    assert password_of(open_to_all).matches(password)
    assert not password_of(open_to_all).matches(password[:-1])
    kept = tmp_path / PASSWORD_FILE
    assert password not in kept.read_text()
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    before = session_key(open_to_all)
    kept.unlink()
    made_at_the_first_start(open_to_all)
    assert session_key(open_to_all) != before, "a new password ends old sessions"


def test_the_session_key_is_made_once_and_readable_by_its_owner_alone(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(lambda _: session_key(settings(home)), range(8)))
    assert len(keys) == 1
    [kept] = home.iterdir()
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert session_key(settings(home)) in keys


def test_a_new_password_ends_old_sessions(tmp_path: Path) -> None:
    keys = {session_key(settings(tmp_path, password=password)) for password in (None, "one", "two")}
    assert len(keys) == 3


def test_a_damaged_session_key_is_named(tmp_path: Path) -> None:
    (tmp_path / "chat-secret").write_text("short")
    with pytest.raises(UnavailableError, match="Delete it"):
        session_key(settings(tmp_path))


def test_a_given_secret_is_used_and_nothing_is_kept(tmp_path: Path) -> None:
    given = settings(tmp_path / "home", auth_secret=SecretStr("s" * 40))
    assert session_key(given) == session_key(given)
    assert not (tmp_path / "home").exists()


def test_only_the_password_is_the_password(tmp_path: Path) -> None:
    password = password_of(settings(tmp_path, password="korrektes Pferd ü"))
    assert password.matches("korrektes Pferd ü")
    assert not password.matches("korrektes Pferd")
    assert not password.matches("")


def through_the_door(*, local_only: bool) -> httpx.AsyncClient:
    page = Starlette(routes=[Route("/", lambda _: PlainTextResponse("inside"))])
    transport = httpx.ASGITransport(Door(page, local_only=local_only))
    return httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000")


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Host": "localhost:8000", "Origin": "http://localhost:8000"}, 200),
        ({"Host": "[::1]:8000"}, 200),
        ({"Host": "evil.example:8000"}, 403),
        ({"Host": "127.0.0.1.evil.example"}, 403),
        ({"Host": "127.0.0.1:8000", "Origin": "http://127.0.0.1:9000"}, 403),
        ({"Host": "127.0.0.1:8000", "Origin": "null"}, 403),
        ({"Host": "127.0.0.1; script-src *"}, 403),
        ({"Host": ""}, 403),
    ],
)
async def test_without_a_password_only_this_machine_passes(headers: dict[str, str], status: int) -> None:
    async with through_the_door(local_only=True) as client:
        assert (await client.get("/", headers=headers)).status_code == status


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Host": "chat.example.com", "Origin": "https://chat.example.com"}, 200),
        ({"Host": "chat.example.com", "Origin": "https://evil.example"}, 403),
    ],
)
async def test_with_a_password_any_name_passes_but_no_other_site(headers: dict[str, str], status: int) -> None:
    async with through_the_door(local_only=False) as client:
        assert (await client.get("/", headers=headers)).status_code == status


async def test_pages_may_load_nothing_from_outside_and_be_framed_by_nobody() -> None:
    async with through_the_door(local_only=True) as client:
        policy = (await client.get("/")).headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "http:" not in policy
