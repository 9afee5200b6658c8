"""Label and field selectors.

https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors and .../field-selectors/
"""

from __future__ import annotations

import re
from typing import Any

_SET = re.compile(r"(?P<key>[\w./-]+)\s+(?P<no>not)?in\s+\((?P<values>[^)]*)\)")


def matches(document: dict[str, Any], labels: str, fields: str) -> bool:
    """Whether an object is selected; an empty selector selects all."""
    found = document["metadata"].get("labels") or {}
    return all(_label(found, term) for term in _terms(labels)) and all(_field(document, t) for t in _terms(fields))


def _terms(selector: str) -> list[str]:
    return [term.strip() for term in re.split(r",(?![^(]*\))", selector) if term.strip()]


def _label(labels: dict[str, str], term: str) -> bool:
    if asked := _SET.fullmatch(term):
        values = [value.strip() for value in asked["values"].split(",")]
        return (labels.get(asked["key"]) in values) != bool(asked["no"])
    if "!=" in term:
        key, _, value = term.partition("!=")
        return labels.get(key.strip()) != value.strip()
    if "=" in term:
        key, _, value = term.replace("==", "=").partition("=")
        return labels.get(key.strip()) == value.strip()
    return (term[1:] not in labels) if term.startswith("!") else term in labels


def _field(document: dict[str, Any], term: str) -> bool:
    negated = "!=" in term
    path, _, value = term.replace("==", "=").partition("!=" if negated else "=")
    found: Any = document
    for part in path.split("."):
        found = found.get(part) if isinstance(found, dict) else None
    return (str(found or "") == value) != negated
