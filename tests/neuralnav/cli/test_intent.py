"""`neuralnav intent`: contract, files and bad input."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from neuralnav.models.intent import DeploymentIntent
from tests.neuralnav.cli.conftest import Neuralnav

GOLDEN = "I need a chatbot for 1000 users, low latency is critical"


def test_the_golden_sentence_gives_the_whole_document(neuralnav: Neuralnav) -> None:
    ran = neuralnav("intent", "--json", GOLDEN)
    assert ran.code == 0
    assert ran.json["intent"].keys() == DeploymentIntent.model_fields.keys()
    assert ran.json["intent"]["user_count"] == 1000
    assert ran.json["evidence"]["user_count"] in GOLDEN
    assert ran.json["model"] == "rules"
    assert ran.json.keys() == {"intent", "evidence", "missing", "rejected", "question", "from_cluster", "model"}


def test_people_get_lines_with_the_words_they_came_from(neuralnav: Neuralnav) -> None:
    ran = neuralnav("intent", GOLDEN)
    assert ran.code == 0
    assert "chatbot_conversational" in ran.out
    assert "low latency is critical" in ran.out


def test_a_file_gives_one_line_for_each_line(neuralnav: Neuralnav, tmp_path: Path) -> None:
    file = tmp_path / "needs.jsonl"
    file.write_text('{"text": "good morning"}\n\n{"text": "translation for 25 lawyers"}\n')
    ran = neuralnav("intent", "--json", "--file", str(file))
    assert ran.code == 0
    assert [line["question"] is None for line in ran.lines] == [False, True]


def test_a_bad_line_is_an_error_of_its_own_and_the_rest_goes_on(neuralnav: Neuralnav) -> None:
    given = 'nonsense\n[1]\n{"words": "x"}\n{"text": 5}\n{"text": NaN}\n{"text": "translation for 25 lawyers"}\n'
    ran = neuralnav("intent", "--json", "--file", "-", given=given)
    assert ran.code == 1
    assert [line.get("status") for line in ran.lines] == [422] * 5 + [None]
    assert ran.lines[-1]["intent"]["user_count"] == 25


@pytest.mark.parametrize(
    "text", ["", "   ", "\x00\x07\x1b[31m", "مرحبا", "需要一个聊天机器人", "!" * 5000, "chatbot for 10^99 users"]
)
def test_odd_text_gets_an_answer(neuralnav: Neuralnav, text: str) -> None:
    ran = neuralnav("intent", "--json", "--file", "-", given=json.dumps({"text": text}) + "\n")
    assert ran.code == 0
    assert ran.lines[0]["question"]


def test_too_long_a_text_is_refused_with_the_limit(neuralnav: Neuralnav) -> None:
    ran = neuralnav("intent", "--json", "--file", "-", given=json.dumps({"text": "word " * 20_000}) + "\n")
    assert ran.code == 1
    assert "20,000" in ran.lines[0]["detail"]


def test_a_text_that_is_no_utf8_is_read(neuralnav: Neuralnav) -> None:
    for arguments in (("--json",), ()):
        ran = neuralnav("intent", *arguments, "chatbot for 10 users \udcff")
        assert ran.code == 0, ran.err
        assert "Traceback" not in ran.err


def test_odd_bytes_and_lone_surrogates_in_a_file_leave_every_line_its_answer(
    neuralnav: Neuralnav, tmp_path: Path
) -> None:
    file = tmp_path / "needs.jsonl"
    texts = (b"translation for 25 lawyers \xff", b"translation for 26 lawyers \\ud800", b"translation for 27 lawyers")
    file.write_bytes(b"".join(b'{"text": "' + text + b'"}\n' for text in texts))
    ran = neuralnav("intent", "--json", "--file", str(file))
    assert ran.code == 0, ran.err
    assert [line["intent"]["user_count"] for line in ran.lines] == [25, 26, 27]
    assert ran.lines[1]["intent"]["description"].endswith("\N{REPLACEMENT CHARACTER}")


@pytest.mark.parametrize(
    "locale",
    [{"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}, {"PYTHONIOENCODING": "ascii"}],
)
def test_text_is_utf8_whatever_the_locale_says(neuralnav: Neuralnav, locale: dict[str, str]) -> None:
    text = "chatbot für 10 users – now"
    for arguments in (("--json",), ()):
        assert neuralnav("intent", *arguments, text, **locale).code == 0
    given = json.dumps({"text": text}, ensure_ascii=False) + "\n"
    for ran in (
        neuralnav("intent", "--json", text, **locale),
        neuralnav("intent", "--json", "--file", "-", given=given, **locale),
    ):
        assert ran.json["intent"]["description"] == text


@pytest.mark.parametrize("arguments", [[], ["x", "--file", "y"], ["--file", "/nowhere/at/all"]])
def test_wrong_usage_is_said_and_has_code_2(neuralnav: Neuralnav, arguments: list[str]) -> None:
    ran = neuralnav("intent", "--json", *arguments)
    assert ran.code == 2
    assert ran.json["status"] == 422
