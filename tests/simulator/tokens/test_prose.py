"""Prose: exact lengths, the same for the same seed, and counted by any reader as it was written."""

from __future__ import annotations

import re
import tracemalloc
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neuralnav.errors import InvalidInputError
from simulator.tokens.decoding import IncrementalDecoder
from simulator.tokens.language import read_language
from simulator.tokens.prose import Prose
from simulator.tokens.tokenizer import Tokenizer, load_tokenizer

PROSE = Prose(load_tokenizer())
SEEDS = st.integers(min_value=-(2**63), max_value=2**64)


@given(SEEDS, st.integers(min_value=0, max_value=2_000))
def test_the_text_of_a_passage_encodes_to_the_passage(seed: int, tokens: int) -> None:
    tokenizer = load_tokenizer()
    passage = PROSE.write(seed, tokens)
    assert len(passage) == tokens
    assert tokenizer.encode(tokenizer.decode(passage)) == list(passage)


@given(SEEDS, st.integers(min_value=0, max_value=500))
def test_a_passage_begins_as_the_shorter_one_does(seed: int, tokens: int) -> None:
    assert PROSE.write(seed, tokens + 1)[:tokens] == PROSE.write(seed, tokens)[:]


def test_every_cut_of_a_passage_encodes_to_itself(tokenizer: Tokenizer, prose: Prose) -> None:
    for seed in range(3):
        for tokens in range(400):
            passage = prose.write(seed, tokens)[:]
            assert tokenizer.encode(tokenizer.decode(passage)) == passage


def test_every_word_of_the_grammar_is_one_token(tokenizer: Tokenizer) -> None:
    for text in read_language().texts():
        words = re.findall(r"'s| ?\w+|[^\w\s]+\n*", text)
        assert [tokenizer.decode([token]) for token in tokenizer.encode(text)] == words


def test_the_same_seed_gives_the_same_text_from_another_writer(tokenizer: Tokenizer, prose: Prose) -> None:
    assert Prose(tokenizer).write(7, 300)[:] == prose.write(7, 300)[:]


def test_a_seed_keeps_its_text_from_release_to_release(tokenizer: Tokenizer, prose: Prose) -> None:
    assert tokenizer.decode(prose.write(0, 21)) == (
        "Paula rolled out the pastry in the kitchen and washed the copper pans. Then the kettle began to sing,"
    )


def test_different_seeds_give_different_texts(prose: Prose) -> None:
    texts = {tuple(prose.write(seed, 64)) for seed in range(-1_000, 1_000)}
    assert len(texts) == 2_000


def test_the_text_is_made_of_sentences(tokenizer: Tokenizer, prose: Prose) -> None:
    paragraphs = tokenizer.decode(prose.write(3, 2_000)).split("\n\n")[:-1]
    assert len(paragraphs) > 10
    for paragraph in paragraphs:
        assert re.fullmatch(r"([A-Z][a-zA-Z,;' ]+[.?] ?){3,7}", paragraph), paragraph


def test_a_passage_is_a_sequence_like_any_other(prose: Prose) -> None:
    passage = prose.write(1, 50)
    ids = list(prose.write(1, 50))
    assert (passage[-1], passage[10], passage[5:9], passage[::-7]) == (ids[-1], ids[10], ids[5:9], ids[::-7])
    assert (passage[48:60], passage[60:], list(passage)) == (ids[48:], [], ids)
    with pytest.raises(IndexError):
        passage[50]


def test_a_negative_length_is_refused(prose: Prose) -> None:
    with pytest.raises(InvalidInputError, match="negative"):
        prose.write(1, -1)


def test_an_unread_passage_takes_no_room_and_a_read_one_two_bytes_a_token(prose: Prose) -> None:
    prose.write(0, 10)[:]
    tracemalloc.start()
    try:
        passages = [prose.write(seed, 10**9) for seed in range(100)]
        unread, _ = tracemalloc.get_traced_memory()
        _ = passages[0][100_000]
        read, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert unread < 100 * 8_000
    assert read - unread < 400_000


def test_a_million_tokens_take_less_than_a_second_of_cpu(prose: Prose) -> None:
    started = process_time()
    _ = prose.write(9, 1_000_000)[-1]
    assert process_time() - started < 1


@given(st.lists(st.integers(min_value=0, max_value=load_tokenizer().vocabulary_size - 1)))
def test_pieces_of_any_ids_are_together_their_text(ids: list[int]) -> None:
    assert "".join(PROSE.pieces(ids)) == load_tokenizer().decode(ids)


@given(st.text(min_size=1), st.integers(min_value=1, max_value=5))
def test_no_piece_splits_a_character(text: str, step: int) -> None:
    tokenizer = load_tokenizer()
    ids, decoder = tokenizer.encode(text), IncrementalDecoder(load_tokenizer())
    pieces = [decoder.push(ids[first : first + step]) for first in range(0, len(ids), step)]
    assert "".join(pieces) == text
    assert decoder.finish() == ""


def test_a_character_that_is_never_completed_ends_as_the_replacement_character(tokenizer: Tokenizer) -> None:
    first, *_ = tokenizer.encode("漢")
    decoder = IncrementalDecoder(tokenizer)
    assert (decoder.push([first]), decoder.finish()) == ("", "\ufffd")
