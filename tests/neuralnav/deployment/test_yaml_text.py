"""YAML that means the same to PyYAML and to the stricter and looser parsers of Kubernetes tools."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from neuralnav.deployment.yaml_text import to_yaml

DATA = st.recursive(
    st.one_of(st.text(max_size=40), st.integers(), st.booleans(), st.none()),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=20), inner, max_size=4)),
    max_leaves=12,
)


@given(st.dictionaries(st.text(max_size=20), DATA, max_size=4))
def test_data_is_read_back_as_it_was(document: dict[str, object]) -> None:
    assert yaml.safe_load(to_yaml(document)) == document


@pytest.mark.parametrize(
    "text", ["1e5", "0o17", "1_000", "y", "N", "on", "Yes", "null", "~", "0x1f", "1:30", "2026-11-21", ".inf", ""]
)
def test_text_that_some_parser_takes_for_something_else_is_quoted(text: str) -> None:
    assert to_yaml({"name": text}) == f"name: '{text}'\n"


@pytest.mark.parametrize(
    "text", ["neuralnav", "--port=8000", "/dev/shm", "nvidia.com/gpu", "12Gi", "meta-llama/Llama-3.1-8B-Instruct"]
)
def test_plain_text_is_not_quoted(text: str) -> None:
    assert to_yaml({"name": text}) == f"name: {text}\n"


def test_the_order_of_keys_is_kept_and_nothing_is_a_reference() -> None:
    shared = {"b": "x", "a": "y1"}
    assert to_yaml({"two": shared, "one": shared}) == "two:\n  b: x\n  a: y1\none:\n  b: x\n  a: y1\n"
