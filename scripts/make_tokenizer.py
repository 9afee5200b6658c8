"""Make the simulator's tokenizer from the words in this repository: ``python -m scripts.make_tokenizer``."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

from simulator.tokens.language import read_language

DIRECTORY: Final = Path(__file__).resolve().parent.parent / "simulator" / "tokenizer"
WORDS: Final = Path(__file__).resolve().parent / "tokenizer_words.txt"
VOCABULARY: Final = 6144
END_OF_TEXT, START_OF_TURN, END_OF_TURN = "<|endoftext|>", "<|im_start|>", "<|im_end|>"
SPLIT: Final = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)"
    r"|[^\r\n\p{L}\p{N}]?\p{L}+"
    r"|\p{N}{1,2}"
    r"| ?[^\s\p{L}\p{N}]+[\r\n]*"
    r"|\s*[\r\n]+"
    r"|\s+(?!\S)"
    r"|\s+"
)
"""Words with the mark or space before them, numbers of two digits, marks with the line ends after them, space."""

MARKS: Final = (
    '{" ": "," : ", "} "}, {"a": [ "], [{ }] }\n }, }\n\n ) () (" ") ("); ; {\n }\n) :\n : \n ." ?\n !\n ... -- --- == '
    "!= >= <= => -> :: // /* */ ## ### ** ` ``` \n```\n $ % & * + - / _ @ # | || && < > </ /> [] ] [ \\ ~ ^ = += -= "
    ".\n .\n\n ,\n"
)
INDENTS: Final = (*(" " * width for width in (2, 3, 4, 7, 8, 11, 12, 15, 16)), "\n", "\n\n", "\t", "\t\t", "\r\n")

CHAT_TEMPLATE: Final = """\
{%- if tools %}
{{- '<|im_start|>system\\nThese functions may be called:\\n' }}
{%- for tool in tools %}
{{- tool | tojson + '\\n' }}
{%- endfor %}
{{- '<|im_end|>\\n' }}
{%- endif %}
{%- for message in messages %}
{{- '<|im_start|>' + message['role'] + '\\n' }}
{%- if message['content'] is string %}
{{- message['content'] }}
{%- elif message['content'] %}
{%- for part in message['content'] %}
{%- if part['text'] is string %}
{{- part['text'] }}
{%- else %}
{{- raise_exception('only parts with text can be read') }}
{%- endif %}
{%- endfor %}
{%- endif %}
{%- for call in message['tool_calls'] or [] %}
{{- '<tool_call>' + call['function'] | tojson + '</tool_call>' }}
{%- endfor %}
{{- '<|im_end|>\\n' }}
{%- endfor %}
{%- if add_generation_prompt %}
{{- '<|im_start|>assistant\\n' }}
{%- endif %}
"""


def tokenizer_files() -> dict[str, str]:
    """The files of the directory, by name: the same bytes each time.

    Raises:
        ValueError: a word of the prose is not one token, because `VOCABULARY` is too small.
    """
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(SPLIT), behavior="isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY,
        special_tokens=[AddedToken(token, special=True) for token in (END_OF_TEXT, START_OF_TURN, END_OF_TURN)],
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    prose = read_language().texts()
    tokenizer.train_from_iterator(_training_texts(prose), trainer)
    split = {
        token for text in prose for token in tokenizer.encode(text).tokens if token not in _pieces(tokenizer, text)
    }
    if split:
        raise ValueError(f"VOCABULARY is too small for the prose: among {sorted(split)[:20]} are parts of words")
    return {
        "tokenizer.json": _as_file(_portable(json.loads(tokenizer.to_str()))),
        "tokenizer_config.json": _as_file(_configuration()),
        "special_tokens_map.json": _as_file({"eos_token": END_OF_TURN, "pad_token": END_OF_TEXT}),
    }


def _training_texts(prose: list[str]) -> Iterator[str]:
    """Prose often enough that each of its words is learned whole; then words, the common ones first, and marks."""
    for text in prose:
        yield from [text] * 50
    words = list(dict.fromkeys(WORDS.read_text(encoding="utf-8").split()))
    for rank, word in enumerate(words):
        often = 1 + 40 // (1 + rank // 100)
        yield from [" " + word] * (often + 2)
        yield from [word] * (often // 4 + 1)
        if word.islower():
            yield from [" " + word.capitalize()] * (often // 8 + 1)
            yield from [word.capitalize()] * (often // 8 + 1)
    for mark in MARKS.split(" "):
        yield from [mark, " " + mark] * 20
    for indent in INDENTS:
        yield from [f"{indent}word", f"line\n{indent}word", indent] * 20
    for number in range(100):
        yield from [f"{number:02}"] * 20


def _pieces(tokenizer: Tokenizer, text: str) -> set[str]:
    """What ``text`` is split into before any merge: the most that one token can hold."""
    splitter = tokenizer.pre_tokenizer
    return {piece for piece, _ in splitter.pre_tokenize_str(text)} if splitter else set()


def _portable(document: dict[str, Any]) -> dict[str, Any]:
    """With merges as texts rather than pairs, which older readers know too and which take less room."""
    merges = [merge if isinstance(merge, str) else " ".join(merge) for merge in document["model"]["merges"]]
    vocabulary = dict(sorted(document["model"]["vocab"].items(), key=lambda entry: entry[1]))
    return document | {"model": document["model"] | {"merges": merges, "vocab": vocabulary}}


def _configuration() -> dict[str, Any]:
    return {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "add_prefix_space": False,
        "clean_up_tokenization_spaces": False,
        "eos_token": END_OF_TURN,
        "pad_token": END_OF_TEXT,
        "chat_template": CHAT_TEMPLATE,
    }


def _as_file(document: dict[str, Any]) -> str:
    return json.dumps(document, ensure_ascii=False, indent=0) + "\n"


def main() -> None:
    """Write the files into the simulator's package."""
    DIRECTORY.mkdir(exist_ok=True)
    for name, text in tokenizer_files().items():
        (DIRECTORY / name).write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
