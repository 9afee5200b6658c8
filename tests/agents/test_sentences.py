"""Text that comes in pieces becomes whole sentences."""

from __future__ import annotations

import pytest

from agents.sentences import MAX_SENTENCE_CHARACTERS, SentenceCutter


@pytest.mark.parametrize("size", [1, 3, 1000])
def test_sentences_are_the_same_however_the_text_is_cut(size: int) -> None:
    text = 'It takes 61.3 ms, i.e. little. Why? "Because."\nA heading\nThe end! Broken o'
    cutter = SentenceCutter()
    found = [sentence for at in range(0, len(text), size) for sentence in cutter.add(text[at : at + size])]
    assert found == ["It takes 61.3 ms, i.e. little.", "Why?", '"Because."', "The end!"]


def test_a_sentence_without_end_is_left_out_and_not_kept() -> None:
    cutter = SentenceCutter()
    assert [s for _ in range(1_000) for s in cutter.add("word " * 10)] == []
    assert len(cutter._text) <= MAX_SENTENCE_CHARACTERS
    assert cutter.add("end. Then this. ") == ["Then this."]
