"""The command line of ``vllm serve``, read leniently: flags that change nothing here must not stop a manifest."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from types import MappingProxyType

NO_EFFECT = frozenset(
    {
        "--trust-remote-code",
        "--enable-chunked-prefill",
        "--enable-log-requests",
        "--disable-log-requests",
        "--no-enable-log-requests",
        "--disable-log-stats",
        "--disable-fastapi-docs",
        "--allow-credentials",
        "--async-scheduling",
        "--enable-request-id-headers",
    }
)
"""Switches of vLLM that change neither its answers nor what the performance model knows of its time."""

NO_EFFECT_WITH_VALUE = frozenset(
    {
        "--default-chat-template-kwargs",
        "--chat-template",
        "--chat-template-content-format",
        "--generation-config",
        "--tokenizer",
        "--tokenizer-mode",
        "--revision",
        "--tokenizer-revision",
        "--code-revision",
        "--download-dir",
        "--load-format",
        "--uvicorn-log-level",
        "--max-log-len",
        "--distributed-executor-backend",
        "--reasoning-parser",
        "--runner",
        "--task",
        "--hf-token",
    }
)
"""The same, with a value."""

SWITCHES = frozenset(
    {
        "--enforce-eager",
        "--no-enable-chunked-prefill",
        "--no-async-scheduling",
        "--enable-lora",
        "--enable-sleep-mode",
        "--enable-eplb",
        "--disable-custom-all-reduce",
        "--disable-sliding-window",
        "--disable-cascade-attn",
        "--calculate-kv-scales",
        "--skip-tokenizer-init",
        "--enable-server-load-tracking",
        "--enable-force-include-usage",
        "--return-tokens-as-token-ids",
        "--language-model-only",
        "--enable-prompt-embeds",
        "--headless",
    }
)
"""Switches of vLLM that are ignored with a warning; named, so that what follows them is not taken for their value."""

SHORT_FLAGS = MappingProxyType(
    {
        "-tp": "--tensor-parallel-size",
        "-pp": "--pipeline-parallel-size",
        "-dp": "--data-parallel-size",
        "-q": "--quantization",
        "-O": "--compilation-config",
        "-cc": "--compilation-config",
        "-ep": "--enable-expert-parallel",
    }
)

_FLAG = re.compile(r"-{1,2}[A-Za-z]")
_ALIKE = 0.9
"""Share of letters in common from which an unknown flag is taken for a slip of the pen."""


@dataclass(frozen=True)
class ReadArguments:
    """Arguments that the options know, and a warning for each that they do not."""

    known: tuple[str, ...]
    warnings: tuple[str, ...]


def known_arguments(arguments: Sequence[str], flags: frozenset[str]) -> ReadArguments:
    """``arguments`` with flags in their long form, without ``serve`` in front, and without flags beyond ``flags``.

    An unknown flag takes the next argument with it unless that is a flag too.
    """
    rest = list(arguments)
    if rest[:1] == ["serve"]:
        del rest[0]
    known: list[str] = []
    warnings: list[str] = []
    while rest:
        argument = rest.pop(0)
        if not _FLAG.match(argument):
            known.append(argument)
            continue
        name, has_value, value = _long_form(argument).partition("=")
        if name in flags:
            known.append(f"{name}{has_value}{value}")
            continue
        takes_next = not has_value and name not in NO_EFFECT | SWITCHES
        if takes_next and rest and not _FLAG.match(rest[0]):
            rest.pop(0)
        if name not in NO_EFFECT | NO_EFFECT_WITH_VALUE:
            warnings.append(_warning(name, flags))
    return ReadArguments(tuple(known), tuple(warnings))


def _long_form(argument: str) -> str:
    """vLLM takes ``_`` for ``-`` in names, knows a few short ones, and nested ones with dots (``--a.b``)."""
    name, has_value, value = argument.partition("=")
    if re.fullmatch(r"-O\d", name):
        return f"{SHORT_FLAGS['-O']}={name[2:]}"
    return f"{SHORT_FLAGS.get(name, name).replace('_', '-')}{has_value}{value}"


def _warning(name: str, flags: frozenset[str]) -> str:
    close = difflib.get_close_matches(name, flags, n=1, cutoff=_ALIKE)
    return f"{name} is ignored: the simulator does not know it" + (f"; did you mean {close[0]}?" if close else "")
