"""The directory that Chainlit works in."""

from __future__ import annotations

import json
import os
import re
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from neuralnav.chat.workplace import FORGET_FILES_AFTER_S, prepare
from neuralnav.errors import UnavailableError


def test_it_holds_what_ships_and_names_no_other_site(tmp_path: Path) -> None:
    root = prepare(tmp_path)
    for name in (".chainlit/config.toml", "chainlit.md", "public/theme.json", "public/elements/ManifestFiles.jsx"):
        assert (root / name).is_file(), name
    page = (root / "frontend" / "index.html").read_text()
    assert 'src="/assets/' in page
    assert not re.search(r'(href|src)="(https?:)?//', page)
    assert list((root / "frontend" / "assets").glob("*.js"))


def test_every_language_gets_our_words(tmp_path: Path) -> None:
    translations = sorted((prepare(tmp_path) / ".chainlit" / "translations").glob("*.json"))
    assert len(translations) > 10
    for path in translations:
        texts = json.loads(path.read_text())
        assert texts["chat"]["messages"]["status"] == {"using": "", "used": ""}, path.name
        assert texts["chat"]["input"]["actions"]["send"], path.name
        assert texts["auth"]["login"]["errors"]["credentialssignin"], path.name
    said = {path.stem: json.loads(path.read_text())["navigation"]["header"]["readme"] for path in translations}
    assert said["en-US"] == "How it works"
    assert said["de-DE"] != "How it works", "what Chainlit says in the person's language stays"


def test_a_changed_copy_is_renewed_and_an_unchanged_one_left(tmp_path: Path) -> None:
    root = prepare(tmp_path)
    theme, config = root / "public" / "theme.json", root / ".chainlit" / "config.toml"
    before = config.stat().st_mtime_ns
    theme.write_text("{}")
    prepare(tmp_path)
    assert json.loads(theme.read_text())["custom_fonts"] == []
    assert config.stat().st_mtime_ns == before


def test_what_no_longer_ships_is_removed(tmp_path: Path) -> None:
    old = prepare(tmp_path) / "public" / "elements" / "Old.jsx"
    old.write_text("")
    prepare(tmp_path)
    assert not old.exists()


def test_two_servers_may_prepare_it_at_once(tmp_path: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(lambda _: prepare(tmp_path), range(8)))) == 1


def test_files_of_forgotten_sessions_are_removed(tmp_path: Path) -> None:
    files = prepare(tmp_path) / ".files"
    old, fresh = files / "old", files / "fresh"
    for session in (old, fresh):
        session.mkdir(parents=True)
    then = time.time() - FORGET_FILES_AFTER_S - 60
    os.utime(old, (then, then))
    prepare(tmp_path)
    assert [path.name for path in files.iterdir()] == ["fresh"]


def test_a_home_that_is_no_directory_is_named(tmp_path: Path) -> None:
    home = tmp_path / "file"
    home.write_text("")
    with pytest.raises(UnavailableError, match="file"):
        prepare(home)
