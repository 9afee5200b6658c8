"""Whoever follows ``docs/extending.md`` has an agent that speaks and a checkpoint that asks."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.recipe import Block, DoesNotApplyError, blocks

ROOT = Path(__file__).resolve().parents[2]
PAGE = blocks((ROOT / "docs" / "extending.md").read_text(encoding="utf-8"))
COPIED = (
    "neuralnav",
    "agents",
    "graph",
    "tools",
    "prompts",
    "pyproject.toml",
    "tests/__init__.py",
    "tests/conftest.py",
    "tests/warm_python.py",
)
READ_ONLY = ("data", "migrations")
CONVERSATION = "tests/graph/test_newcomer.py"


@pytest.fixture(scope="module")
def extended(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the code with the whole page applied."""
    root = tmp_path_factory.mktemp("extended")
    (root / "tests" / "graph").mkdir(parents=True)
    for name in (*COPIED, "tests/graph/conftest.py"):
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, root / name)
    for name in READ_ONLY:
        (root / name).symlink_to(ROOT / name)
    for block in PAGE:
        block.apply(root)
    shutil.copy(ROOT / "tests" / "docs" / "newcomer.py", root / CONVERSATION)
    return root


def run(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("NEURALNAV_", "PYTEST"))}
    environment |= {"PYTHONPATH": str(root), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(
        [sys.executable, *arguments], cwd=root, env=environment, capture_output=True, text=True, timeout=90, check=False
    )


def test_the_conversation_and_the_tests_of_the_page_pass(extended: Path) -> None:
    own = [block.path for block in PAGE if block.path.startswith("tests/")]
    assert len(own) == 2
    ran = run(extended, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-n", "0", *own, CONVERSATION)
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_the_code_of_the_page_is_in_style(extended: Path) -> None:
    touched = sorted({block.path for block in PAGE})
    for command in (["check"], ["format", "--check"]):
        ran = run(extended, "-m", "ruff", *command, "--no-cache", *touched)
        assert ran.returncode == 0, ran.stdout + ran.stderr


def test_a_block_that_does_not_apply_names_itself_and_its_file(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("one = 1\n", encoding="utf-8")
    with pytest.raises(
        DoesNotApplyError, match=r"block at line 7 does not apply to a\.py: these lines are there 0 times"
    ):
        Block(7, "a.py", "-two = 2\n+two = 3\n", is_edit=True).apply(tmp_path)
    with pytest.raises(DoesNotApplyError, match=r"a\.py: the file is there already"):
        Block(7, "a.py", "two = 2\n", is_edit=False).apply(tmp_path)
    with pytest.raises(DoesNotApplyError, match=r"b\.py: the file is missing"):
        Block(7, "b.py", "+two = 2\n", is_edit=True).apply(tmp_path)
