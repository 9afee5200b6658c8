"""The program as a whole: help, errors, exit codes, settings and the database commands."""

from __future__ import annotations

import pkgutil
from pathlib import Path

import pytest

from neuralnav import __version__, cli
from tests.neuralnav.cli.conftest import Neuralnav, Ran, run_anew, without_settings
from tests.warm_python import WarmPython

LIBRARIES = ("asyncpg", "langchain_ollama", "langgraph.graph", "numpy", "psycopg", "rich.markdown", "sqlalchemy")


@pytest.fixture(scope="module")
def neuralnav(home: Path) -> Neuralnav:
    """Every run in an interpreter of its own, over an embedded database."""
    environment = without_settings() | {"NEURALNAV_HOME": str(home), "COLUMNS": "200"}

    def run(*arguments: str, given: str = "", **extra: str) -> Ran:
        return run_anew(arguments, environment | extra, given)

    return run


def test_every_command_imports_what_it_needs() -> None:
    commands = [module.name for module in pkgutil.iter_modules(cli.__path__, "neuralnav.cli.")]
    assert len(commands) > 20
    with WarmPython(*LIBRARIES) as python:
        for command in commands:
            ran = python.run(f"import {command}", [], without_settings(), timeout_s=60)
            assert (ran.returncode, ran.stderr) == (0, ""), command


def test_help_names_every_command(neuralnav: Neuralnav) -> None:
    ran = neuralnav("--help")
    assert ran.code == 0
    for command in ("intent", "plan", "manifests", "chat", "serve", "db", "schema"):
        assert command in ran.out
    assert neuralnav().out == ran.out


def test_the_version_is_printed(neuralnav: Neuralnav) -> None:
    assert neuralnav("--version").out.strip() == __version__


@pytest.mark.parametrize("arguments", [["dance"], ["plan", "--fast"], ["db"], ["schema"], ["serve", "--port", "0"]])
def test_wrong_usage_is_one_line_and_code_2(neuralnav: Neuralnav, arguments: list[str]) -> None:
    ran = neuralnav(*arguments)
    assert ran.code == 2
    assert len(ran.err.splitlines()) == 1
    assert not ran.out
    assert neuralnav(*arguments, "--json").json["status"] == 422


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("NEURALNAV_PORT", "many"),
        ("NEURALNAV_LLM", "gpt"),
        ("NEURALNAV_NAMESPACE", "No Such"),
        ("NEURALNAV_LLM_TIMEOUT_S", "-1"),
    ],
)
def test_a_setting_that_cannot_be_is_named(neuralnav: Neuralnav, name: str, value: str) -> None:
    ran = neuralnav("plan", "--json", "translation for 40 people", **{name: value})
    assert ran.code == 2
    assert ran.json["errors"][0]["field"] == name


def test_a_database_that_is_not_there_has_code_3(neuralnav: Neuralnav) -> None:
    gone = "postgresql://nobody:secret@127.0.0.1:9/nothing"
    ran = neuralnav("plan", "--json", "translation for 40 people", DATABASE_URL=gone)
    assert ran.code == 3
    assert ran.json["status"] == 503
    assert "secret" not in ran.out + ran.err


def test_the_database_can_be_upgraded_looked_at_and_reset(neuralnav: Neuralnav) -> None:
    assert neuralnav("db", "upgrade", "--json").code == 0
    status = neuralnav("db", "status", "--json")
    assert status.code == 0
    assert status.json["pending"] == []
    assert status.json["rows"]["hardware_profiles"] == 15
    refused = neuralnav("db", "reset", given="no\n")
    assert refused.code == 2
    assert "Nothing was deleted" in refused.err
    assert neuralnav("db", "reset", "--yes").code == 0
    assert neuralnav("db", "status", "--json").json["rows"]["hardware_profiles"] == 15
