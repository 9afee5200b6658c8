"""Names: derived ones are always usable, given ones are checked and never changed."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neuralnav.deployment.names import derive_name, distinct_name, name_budget, require_name, require_namespace
from neuralnav.errors import InvalidInputError
from neuralnav.models.vocabulary import UseCase

Make = Callable[..., Any]

LABEL = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")


def test_a_name_tells_use_case_and_model(make_specification: Make, make_model: Make) -> None:
    name = derive_name(make_specification(), make_model(short_name="llama-3.1-8b"), "neuralnav")
    assert name == "chatbot-llama-3-1-8b"


def test_a_name_without_a_use_case_begins_with_llm(make_specification: Make, make_model: Make) -> None:
    assert derive_name(make_specification(use_case=None), make_model(), "neuralnav") == "llm-qwen2-5-7b"


@given(
    use_case=st.one_of(st.none(), st.sampled_from(UseCase)),
    short_name=st.from_regex(r"[a-z0-9][a-z0-9.-]{0,59}", fullmatch=True),
    namespace=st.from_regex(r"[a-z0-9]([-a-z0-9]{0,42}[a-z0-9])?", fullmatch=True),
)
def test_every_derived_name_makes_valid_host_names(
    make_specification: Make, make_model: Make, use_case: UseCase | None, short_name: str, namespace: str
) -> None:
    model = make_model(short_name=short_name)
    name = derive_name(make_specification(use_case=use_case), model, namespace)
    assert name == derive_name(make_specification(use_case=use_case), model, namespace)
    assert require_name(name, require_namespace(namespace)) == name
    assert LABEL.fullmatch(f"{name}-predictor-{namespace}")


def test_names_that_are_cut_stay_apart(make_specification: Make, make_model: Make) -> None:
    long = "m" + 58 * "x"
    names = {derive_name(make_specification(), make_model(short_name=f"{long}{last}"), "neuralnav") for last in "ab"}
    assert len(names) == 2
    assert {len(name) for name in names} == {name_budget("neuralnav")}


@given(
    name=st.from_regex(r"[a-z]([-a-z0-9]{0,51}[a-z0-9])?", fullmatch=True),
    namespace=st.from_regex(r"[a-z0-9]([-a-z0-9]{0,42}[a-z0-9])?", fullmatch=True),
    whose=st.text(max_size=300),
)
def test_every_distinct_name_can_be_used_and_is_the_same_each_time(name: str, namespace: str, whose: str) -> None:
    made = distinct_name(name, namespace, whose)
    assert made == distinct_name(name, namespace, whose) != name
    assert require_name(made, require_namespace(namespace)) == made


def test_distinct_names_keep_the_beginning_and_differ_from_owner_to_owner() -> None:
    names = {distinct_name("chatbot-qwen", "neuralnav", whose) for whose in ("one:0", "one:1", "two:0", "")}
    assert len(names) == 4
    assert all(re.fullmatch("chatbot-qwen-[0-9a-f]{6}", name) for name in names)


@pytest.mark.parametrize(
    "name",
    ["", "Chat", "chat_bot", "1chat", "-chat", "chat-", "chat\n", "chat.bot", "чат", "a: b", "{{ 7 }}", 44 * "a"],
)
def test_a_given_name_that_cannot_be_used_is_refused(name: str) -> None:
    with pytest.raises(InvalidInputError, match="name") as caught:
        require_name(name, "neuralnav")
    assert caught.value.problems[0].field == "name"
    assert caught.value.problems[0].value == name
    assert "1 to 43" in caught.value.problems[0].allowed


@pytest.mark.parametrize("namespace", ["", "Team", "a/b", "x\nkind: Secret", "-a", 45 * "a"])
def test_a_namespace_that_cannot_be_used_is_refused(namespace: str) -> None:
    with pytest.raises(InvalidInputError, match="namespace") as caught:
        require_namespace(namespace)
    assert caught.value.problems[0].field == "namespace"


@given(st.text(max_size=80))
def test_a_name_is_either_kept_or_refused(name: str) -> None:
    try:
        kept = require_name(name, "neuralnav")
    except InvalidInputError:
        assert not (re.fullmatch(r"[a-z]([-a-z0-9]*[a-z0-9])?", name) and len(name) <= 43)
    else:
        assert kept == name
        assert LABEL.fullmatch(name)
