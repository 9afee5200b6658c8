"""Data as YAML that every parser reads alike."""

from __future__ import annotations

import re
from typing import Any

import yaml

_ALWAYS_TEXT = re.compile(r"[A-Za-z]|--|/|[0-9]+[KMGT]i$")
_WORDS = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})


class _Dumper(yaml.SafeDumper):
    """Quotes what another parser might not take for text, such as ``1e5`` or ``n``; writes nothing by reference.

    PyYAML follows YAML 1.1 as published; the parser of kubectl knows more spellings of numbers and booleans.
    """

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002
        return True


def _represent_text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    if text.endswith("\n") and not text.endswith("\n\n"):
        return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|")
    plain = _ALWAYS_TEXT.match(text) and text.lower() not in _WORDS
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=None if plain else "'")


_Dumper.add_representer(str, _represent_text)


def to_yaml(document: dict[str, Any]) -> str:
    """``document`` as YAML in the order of its keys."""
    return yaml.dump(document, Dumper=_Dumper, sort_keys=False, default_flow_style=False, width=1000)
