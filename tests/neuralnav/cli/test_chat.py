"""`neuralnav chat --json`: the line protocol, across processes."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from uuid import uuid4

import pytest

from tests.doubles.ollama import OllamaDouble
from tests.doubles.ollama_answers import ScriptedAnswers
from tests.neuralnav.cli.conftest import PROGRAM, Neuralnav
from tests.warm_python import WarmPython

GOLDEN = "I need a chatbot for 1000 users, low latency is critical"
KEYS = {"thread", "turn", "state", "messages", "checkpoint", "specification", "options", "choice", "deployment"}


def lines(*replies: object) -> str:
    return "".join((reply if isinstance(reply, str) else json.dumps(reply)) + "\n" for reply in replies)


def test_a_conversation_goes_on_in_another_process(neuralnav: Neuralnav) -> None:
    thread = str(uuid4())
    first = neuralnav("chat", "--json", "--thread", thread, given=lines(GOLDEN, {"action": "confirm"}))
    assert first.code == 0, first.err
    assert [line["state"] for line in first.lines] == ["collect_context", "review_specification", "present_options"]
    assert all(line.keys() == KEYS for line in first.lines)
    assert first.lines[-1]["options"][0]["number"] == 1

    given = lines({"action": "choose", "value": 1}, {"text": "approve"})
    second = neuralnav("chat", "--json", "--thread", thread, given=given)
    states = [line["state"] for line in second.lines]
    assert states == ["present_options", "approve_deployment", "operate"]
    assert second.lines[-1]["checkpoint"]["kind"] == "operate"
    assert second.lines[-1]["deployment"]["state"] == "written"
    assert [line["turn"] for line in second.lines] == [2, 3, 4]


def test_without_a_thread_a_new_one_begins(neuralnav: Neuralnav) -> None:
    ran = neuralnav("chat", "--json", given=lines({"text": "translation for 40 people"}))
    assert len(ran.lines) == 1
    assert ran.lines[0]["checkpoint"]["kind"] == "review_specification"
    assert ran.lines[0]["checkpoint"]["actions"] == ["confirm", "what_if", "edit", "back", "start_over", "cancel"]


def test_a_line_that_cannot_be_taken_leaves_the_conversation_where_it_was(neuralnav: Neuralnav) -> None:
    bad = ['{"action": 5}', '{"text": "a", "action": "b"}', '{"words": "x"}', "x" * 30_000]
    ran = neuralnav("chat", "--json", given=lines("translation for 40 people", *bad, {"action": "confirm"}))
    assert [line.get("status") for line in ran.lines] == [None, 422, 422, 422, 422, None]
    assert ran.lines[-1]["state"] == "present_options"


@pytest.mark.parametrize("thread", ["", "a b", "../x", "é", "x" * 101])
def test_a_thread_id_is_checked(neuralnav: Neuralnav, thread: str) -> None:
    ran = neuralnav("chat", "--json", "--thread", thread)
    assert ran.code == 2
    assert ran.json["errors"][0]["field"] == "--thread"


def test_people_see_the_steps_and_how_to_go_on(neuralnav: Neuralnav) -> None:
    ran = neuralnav("chat", given="translation for 40 people\n\nconfirm\nquit\n")
    assert ran.code == 0
    assert "configurations evaluated" in ran.out
    assert "neuralnav chat --thread" in ran.out


def test_the_tail_of_an_overlong_line_is_no_reply(neuralnav: Neuralnav) -> None:
    given = lines("translation for 40 people", {"action": "confirm"}, {"action": "choose", "value": 1})
    ran = neuralnav("chat", "--json", given=given + "x" * 1_000_000 + "approve\n" + lines({"text": "status"}))
    assert [line.get("status") for line in ran.lines] == [None, None, None, 422, None]
    assert ran.lines[-1]["state"] == "approve_deployment"
    assert ran.lines[-1]["deployment"] is None


def test_half_a_character_is_replaced_and_the_conversation_goes_on(neuralnav: Neuralnav) -> None:
    ran = neuralnav("chat", "--json", given='{"text": "\\ud800 translation for 40 people"}\n')
    assert ran.lines[0]["state"] == "review_specification"


def test_a_button_before_the_first_word_is_understood(neuralnav: Neuralnav) -> None:
    given = lines({"action": "edit", "value": {"use_case": "translation", "user_count": 40}})
    ran = neuralnav("chat", "--json", "--thread", str(uuid4()), given=given)
    assert ran.lines[0]["checkpoint"]["kind"] == "clarify"
    assert ran.lines[1]["state"] == "review_specification"


def test_likely_readings_are_offered_to_people(neuralnav: Neuralnav) -> None:
    thread = str(uuid4())
    given = lines("translation for 40 people", {"action": "confirm"}, "2 maybe")
    asked = neuralnav("chat", "--json", "--thread", thread, given=given).lines[-1]
    offered = asked["checkpoint"]["data"]["readings"]
    assert offered
    shown = neuralnav("chat", "--thread", thread, given=f"{offered[-1]}\n")
    assert f"Did you mean: {' | '.join(offered)}" in shown.out
    assert shown.out.count("Did you mean") == 1


def test_an_explanation_is_printed_once_though_it_is_streamed(neuralnav: Neuralnav) -> None:
    sentence = "Option 1 meets every target."
    with OllamaDouble(ScriptedAnswers(explanations={"why these?": sentence})) as ollama:
        given = "translation for 40 people\nconfirm\nwhy these?\n"
        ran = neuralnav("chat", given=given, NEURALNAV_LLM="ollama:test", NEURALNAV_OLLAMA_URL=ollama.url)
    assert ran.out.count(sentence) == 1
    assert ran.out.index(sentence) < ran.out.index("Scores out of 100")


def test_the_moments_of_a_conversation_are_listed_gone_back_to_and_copied(neuralnav: Neuralnav) -> None:
    thread = str(uuid4())
    given = lines("translation for 40 people", {"action": "confirm"}, {"action": "choose", "value": 1})
    neuralnav("chat", "--json", "--thread", thread, given=given)
    listed = neuralnav("chat", "--json", "--thread", thread, "--history").json
    assert listed["thread"] == thread
    assert [moment["turn"] for moment in listed["moments"]] == [1, 2, 3]
    assert [moment["kind"] for moment in listed["moments"]][:2] == ["review_specification", "present_options"]
    assert "Options" in neuralnav("chat", "--thread", thread, "--history").out

    confirm = lines({"action": "confirm"})
    copied = neuralnav("chat", "--json", "--thread", thread, "--fork", "1", given=confirm).lines
    assert [line["state"] for line in copied] == ["review_specification", "present_options"]
    assert len({thread, *(line["thread"] for line in copied)}) == 2

    back = neuralnav("chat", "--json", "--thread", thread, "--back-to", "1", given=confirm).lines
    assert [line["state"] for line in back] == ["review_specification", "present_options"]
    assert {line["thread"] for line in back} == {thread}
    assert [line["turn"] for line in back] == [4, 5]


def test_people_are_told_the_id_of_a_copy(neuralnav: Neuralnav) -> None:
    thread = str(uuid4())
    neuralnav("chat", "--thread", thread, given="translation for 40 people\n")
    ran = neuralnav("chat", "--thread", thread, "--fork", "1")
    fresh = ran.out.split()[1]
    assert ran.out.startswith("Conversation ")
    assert f"--thread {fresh}" in ran.out
    assert fresh != thread


@pytest.mark.parametrize(
    ("options", "field"),
    [
        (("--history",), "--thread"),
        (("--back-to", "1"), "--thread"),
        (("--thread", "t", "--history", "--back-to", "1"), "--back-to"),
        (("--thread", "t", "--fork", "1", "--back-to", "1"), "--back-to"),
        (("--thread", "t", "--back-to", "-1"), "--back-to"),
        (("--thread", "t", "--fork", "1.5"), "--fork"),
        (("--thread", "t", "--fork", ""), "--fork"),
        (("--thread", "never-begun", "--fork", "3"), "turn"),
        (("--thread", "never-begun", "--back-to", "3"), "turn"),
    ],
)
def test_options_that_cannot_be_are_named(neuralnav: Neuralnav, options: tuple[str, ...], field: str) -> None:
    ran = neuralnav("chat", "--json", *options)
    assert ran.code == 2
    assert ran.json["errors"][0]["field"] == field


@pytest.mark.parametrize("options", [("--history",), ("--back-to", "1"), ("--fork", "1"), ()])
def test_a_database_that_goes_away_is_told_as_a_problem(
    warm_python: WarmPython, environment: dict[str, str], options: tuple[str, ...]
) -> None:
    without_database = """
import psycopg, graph.conversation, graph.stored_thread
async def gone(*_): raise psycopg.OperationalError("server closed the connection unexpectedly")
graph.stored_thread.StoredThread.read = gone
graph.conversation.FIRST_PAUSE_S = 0
from neuralnav.cli import run
run()
"""
    arguments = ("chat", "--json", "--thread", "away", *options)
    ran = warm_python.run(without_database, arguments, environment, timeout_s=60)
    assert ran.returncode == 3, ran.stderr
    assert json.loads(ran.stdout)["status"] == 503
    assert "Traceback" not in ran.stderr


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_a_signal_ends_the_conversation(environment: dict[str, str], name: str) -> None:
    program = [sys.executable, "-c", PROGRAM, "chat", "--json", "--thread", "signals"]
    with subprocess.Popen(program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment) as talk:
        assert talk.stdout
        assert json.loads(talk.stdout.readline())["thread"] == "signals"
        talk.send_signal(getattr(signal, name))
        assert talk.wait(timeout=20) == 128 + getattr(signal, name)
