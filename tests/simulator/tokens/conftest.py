from __future__ import annotations

import pytest

from simulator.tokens.prose import Prose
from simulator.tokens.tokenizer import Tokenizer, load_tokenizer


@pytest.fixture(scope="session")
def tokenizer() -> Tokenizer:
    return load_tokenizer()


@pytest.fixture(scope="session")
def prose(tokenizer: Tokenizer) -> Prose:
    return Prose(tokenizer)
