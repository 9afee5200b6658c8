"""Fields of a ``config.json``, read with their types; what is missing or wrong is collected, not raised one by one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from neuralnav.errors import FieldProblem, InvalidInputError

MOST_SHOWN = 80


class ConfigFields:
    """One object of a ``config.json``."""

    def __init__(self, document: Mapping[str, Any], inside: str = "") -> None:
        self._document = document
        self._inside = f"{inside}." if inside else ""
        self.problems: list[FieldProblem] = []

    def has(self, name: str) -> bool:
        """Whether there is a value."""
        return self._document.get(name) is not None

    def whole(self, *names: str) -> int | None:
        """The whole number under the first of ``names`` that is there."""
        for name in names:
            value = self._document.get(name)
            if value is None:
                continue
            if isinstance(value, float) and value.is_integer():
                value = int(value)
            if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
                return value
            self._refuse(name, value, "a whole number of at least 0")
            return None
        return None

    def needed(self, *names: str) -> int | None:
        """As :meth:`whole`, and a problem when none is there."""
        if not any(self.has(name) for name in names):
            self._refuse(names[0], None, "must be given")
        return self.whole(*names)

    def flag(self, name: str, *, default: bool) -> bool:
        """The truth value under ``name``."""
        value = self._document.get(name)
        if value is None or isinstance(value, bool):
            return default if value is None else value
        self._refuse(name, value, "true or false")
        return default

    def text(self, name: str) -> str | None:
        """The text under ``name``."""
        value = self._document.get(name)
        if value is None or isinstance(value, str):
            return value
        self._refuse(name, value, "a text")
        return None

    def texts(self, name: str) -> tuple[str, ...]:
        """The texts in the list under ``name``; empty when there is none."""
        value = self._document.get(name)
        if value is None:
            return ()
        if isinstance(value, Sequence) and all(isinstance(part, str) for part in value) and not isinstance(value, str):
            return tuple(value)
        self._refuse(name, value, "a list of texts")
        return ()

    def wholes(self, name: str) -> tuple[int, ...]:
        """The whole numbers in the list under ``name``; empty when there is none."""
        value = self._document.get(name)
        if value is None:
            return ()
        if isinstance(value, list) and all(isinstance(part, int) and not isinstance(part, bool) for part in value):
            return tuple(value)
        self._refuse(name, value, "a list of whole numbers")
        return ()

    def part(self, name: str) -> ConfigFields | None:
        """The object under ``name``; its problems are this one's."""
        value = self._document.get(name)
        if value is None:
            return None
        if not isinstance(value, Mapping):
            self._refuse(name, value, "an object")
            return None
        found = ConfigFields(value, f"{self._inside}{name}")
        found.problems = self.problems
        return found

    def first_part(self) -> ConfigFields | None:
        """The first object among the values."""
        return next((self.part(name) for name, value in self._document.items() if isinstance(value, Mapping)), None)

    def refuse(self, name: str, allowed: str) -> None:
        """Note that the value under ``name`` cannot be used."""
        self._refuse(name, self._document.get(name), allowed)

    def raise_problems(self) -> None:
        """Nothing, where everything could be read.

        Raises:
            InvalidInputError: lists every problem with its field, value and what is allowed.
        """
        if self.problems:
            listed = "; ".join(map(str, self.problems))
            raise InvalidInputError(f"This config.json cannot be used: {listed}.", tuple(self.problems))

    def _refuse(self, name: str, value: Any, allowed: str) -> None:
        shown = value if value is None or isinstance(value, int | float) else str(value)[:MOST_SHOWN]
        self.problems.append(FieldProblem(f"{self._inside}{name}", shown, allowed))
