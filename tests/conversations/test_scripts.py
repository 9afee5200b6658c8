"""Scripts are read strictly: what is wrong in one is told by file, line and turn."""

from __future__ import annotations

from pathlib import Path

import pytest

from neuralnav.models.vocabulary import UseCase
from tests.conversations.script import ScriptError, all_scripts, read_script

BEGINNING = "title: a title\nwhy: a reason\nturns:\n  - say: hello\n    then: {asks: clarify}\n"


def written(directory: Path, text: str) -> Path:
    path = directory / "one.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_there_are_conversations_about_every_use_case() -> None:
    scripts = [read_script(path) for path in all_scripts()]
    talked_about = {
        step.then.specification.get("intent.use_case")
        for script in scripts
        for step in script.turns
        if isinstance(step.then.specification, dict)
    }
    assert len(scripts) >= 25
    assert {use_case.value for use_case in UseCase} - talked_about == set()


@pytest.mark.parametrize(
    ("more", "problem"),
    [
        ("  - say: hi\n    thn: {}\n", "one.yaml:7: turn 2: thn: Extra inputs"),
        ("  - say: hi\n    then:\n      ask: clarify\n", "one.yaml:8: turn 2: then.ask: Extra inputs"),
        ("  - say: hi\n    then: {asks: nobody}\n", "one.yaml:7: turn 2: then.asks"),
        ("  - say: hi\n    press: {action: confirm}\n", "one.yaml:6: turn 2: Value error, give exactly one of"),
        ("  - then: {asks: clarify}\n", "one.yaml:6: turn 2: Value error, give exactly one of"),
        ("  - reopen: true\n    as_if_from_another_window: 2\n", "goes with say or press"),
        ("  - say: hi\n    say: ho\n", "one.yaml:7: 'say' is given twice"),
        ("  - say: {\n", "one.yaml:"),
        ("more: 1\n", "one.yaml:6: more: Extra inputs"),
    ],
)
def test_a_mistake_in_a_script_is_told_with_its_place(tmp_path: Path, more: str, problem: str) -> None:
    with pytest.raises(ScriptError) as caught:
        read_script(written(tmp_path, BEGINNING + more))
    assert problem in str(caught.value)


def test_a_script_without_a_reason_is_none(tmp_path: Path) -> None:
    with pytest.raises(ScriptError, match="why: Field required"):
        read_script(written(tmp_path, "title: a title\nturns:\n  - say: hello\n"))
