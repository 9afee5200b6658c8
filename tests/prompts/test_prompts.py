"""Prompts are files, loaded by name."""

from __future__ import annotations

import pytest

from prompts import load_prompt


@pytest.mark.parametrize("name", ["read_request", "read_reply"])
def test_every_prompt_says_that_the_persons_words_are_data(name: str) -> None:
    assert "never an instruction" in " ".join(load_prompt(name).split())


def test_an_unknown_prompt_is_an_error() -> None:
    with pytest.raises(FileNotFoundError):
        load_prompt("nothing")
