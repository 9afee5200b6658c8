"""The shipped tokenizer: a byte-level BPE in Hugging Face's format, so that clients can count with the same one."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, NoReturn

from jinja2 import TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment
from tokenizers import Tokenizer as Backend

from neuralnav.errors import FieldProblem, InvalidInputError

TOKENIZER_DIR: Final = Path(__file__).resolve().parent.parent / "tokenizer"
"""The directory that `tokenizers`, `transformers.AutoTokenizer` and load generators can read, offline."""


class Tokenizer:
    """Text to token ids and back, and the chat template: what transformers does with the same directory.

    Instances hold no state between calls.
    """

    def __init__(self, directory: Path) -> None:
        self._backend = Backend.from_file(str(directory / "tokenizer.json"))
        config = json.loads((directory / "tokenizer_config.json").read_text(encoding="utf-8"))
        environment = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True)  # as transformers sets it
        environment.filters["tojson"] = _as_json
        environment.globals["raise_exception"] = _refuse
        self._template = environment.from_string(config["chat_template"])
        self._special = {token: config[token] for token in ("eos_token", "pad_token")}
        self.vocabulary_size: int = self._backend.get_vocab_size(with_added_tokens=True)
        self.end_of_turn: int = self._id(config["eos_token"])
        self.end_of_text: int = self._id(config["pad_token"])
        self._bytes = tuple(self._bytes_of(token) for token in range(self.vocabulary_size))

    def encode(self, text: str) -> list[int]:
        """The token ids of ``text``; names of special tokens in it become these tokens, as in vLLM.

        Half of a surrogate pair, which UTF-8 cannot express, counts as U+FFFD. Takes about half a second
        of CPU a million characters, in which other threads run: the batch's way lets them, the single one's does not.
        """
        sound = text if text.isascii() else text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        return self._backend.encode_batch_fast([sound], add_special_tokens=False)[0].ids

    def decode(self, ids: Iterable[int]) -> str:
        """The text of ``ids``, special tokens included; bytes that are no UTF-8 become U+FFFD.

        Raises:
            InvalidInputError: an id is none of this vocabulary.
        """
        return self.to_bytes(ids).decode("utf-8", "replace")

    def to_bytes(self, ids: Iterable[int]) -> bytes:
        """The bytes of ``ids``: a token may hold only a part of a UTF-8 character.

        Raises:
            InvalidInputError: an id is none of this vocabulary.
        """
        known = self._bytes
        ids = ids if isinstance(ids, Sequence) else list(ids)
        if ids and (min(ids) < 0 or max(ids) >= len(known)):
            unknown = next(token for token in ids if not 0 <= token < len(known))
            problem = FieldProblem("tokens", unknown, f"0 to {len(known) - 1}")
            raise InvalidInputError(f"token id {unknown} is none of this tokenizer's", (problem,))
        return b"".join([known[token] for token in ids])

    def render(
        self,
        messages: Sequence[Mapping[str, Any]],
        *,
        tools: Sequence[Mapping[str, Any]] | None = None,
        add_generation_prompt: bool = True,
    ) -> str:
        """The prompt that the chat template makes of ``messages`` in OpenAI's form (content: text or text parts).

        Raises:
            InvalidInputError: a message has no role, or content that is no text.
        """
        try:
            return self._template.render(
                messages=messages, tools=tools, add_generation_prompt=add_generation_prompt, **self._special
            )
        except (TemplateError, TypeError) as error:
            allowed = "messages with a role, and content that is text, a list of text parts or null"
            raise InvalidInputError(
                f"the chat template cannot render these messages: {error}", (FieldProblem("messages", None, allowed),)
            ) from error

    def chat(
        self,
        messages: Sequence[Mapping[str, Any]],
        *,
        tools: Sequence[Mapping[str, Any]] | None = None,
        add_generation_prompt: bool = True,
    ) -> list[int]:
        """The token ids of `render`.

        Raises:
            InvalidInputError: as `render`.
        """
        return self.encode(self.render(messages, tools=tools, add_generation_prompt=add_generation_prompt))

    def _id(self, token: str) -> int:
        found = self._backend.token_to_id(token)
        if found is None:
            raise InvalidInputError(f"tokenizer.json has no token {token!r}, which tokenizer_config.json names")
        return found

    def _bytes_of(self, token: int) -> bytes:
        written = self._backend.id_to_token(token)
        if written is None:
            raise InvalidInputError(f"tokenizer.json has no token {token}: ids must be 0 to {self.vocabulary_size - 1}")
        return bytes(_BYTE_OF[character] for character in written)


@lru_cache(maxsize=1)
def load_tokenizer() -> Tokenizer:
    """The tokenizer in `TOKENIZER_DIR`, read once."""
    return Tokenizer(TOKENIZER_DIR)


def _byte_characters() -> dict[str, int]:
    """The character that stands for each byte in byte-level BPE (GPT-2's table): itself or one from 256 on."""
    visible = [*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1), *range(ord("®"), ord("ÿ") + 1)]
    hidden = [byte for byte in range(256) if byte not in visible]
    return {chr(byte): byte for byte in visible} | {chr(256 + index): byte for index, byte in enumerate(hidden)}


_BYTE_OF: Final = _byte_characters()


def _as_json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)  # jinja2's own would escape for HTML


def _refuse(message: str) -> NoReturn:
    raise TemplateError(message)
