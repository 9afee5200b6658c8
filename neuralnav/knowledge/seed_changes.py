"""What seeding has to change in one collection: decided on values, without a database."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Generic

from neuralnav.knowledge.collection import Row, digest_of


@dataclass(frozen=True)
class SeedChanges(Generic[Row]):
    """Rows by key: those that are there, those to write, those to remove, and what the user's own will keeps."""

    present: Mapping[str, Row]
    write: Mapping[str, Row]
    """Seeds to insert, or to put in the place of a row that nobody edited."""
    remove: frozenset[str]
    """Rows that came as seeds, that nobody edited, and that are seeds no more."""
    kept: frozenset[str]
    """Seeds that stay out, because the user edited or deleted the row or has one of that key."""

    @property
    def replaced(self) -> frozenset[str]:
        """Rows that are there and are written anew."""
        return frozenset(self.write.keys() & self.present.keys())

    def lasting(self) -> list[Row]:
        """Rows that are neither removed nor replaced."""
        return [row for key, row in self.present.items() if key not in self.remove and key not in self.write]

    def outcome(self) -> list[Row]:
        """Rows as they are in the end."""
        return [*self.lasting(), *self.write.values()]

    def still_needed(self, needed: Callable[[Row], bool]) -> SeedChanges[Row]:
        """The same without removing rows that other rows refer to."""
        remove = frozenset(key for key in self.remove if not needed(self.present[key]))
        return replace(self, remove=remove, kept=self.kept | (self.remove - remove))

    def supported(self, allowed: Callable[[Row], bool]) -> SeedChanges[Row]:
        """The same without writing rows that refer to what is not there."""
        write = {key: row for key, row in self.write.items() if allowed(row)}
        return replace(self, write=write, kept=self.kept | (self.write.keys() - write.keys()))


def find_changes(present: Mapping[str, Row], seeds: Mapping[str, Row], known: Mapping[str, str]) -> SeedChanges[Row]:
    """Compare rows with seeds; ``known`` holds the digest with which each row came, where it came as a seed."""
    untouched = {key for key, row in present.items() if known.get(key) == digest_of(row)}
    new = seeds.keys() - present.keys() - known.keys()
    return SeedChanges(
        present=present,
        write={
            key: row for key, row in seeds.items() if key in new or (key in untouched and known[key] != digest_of(row))
        },
        remove=frozenset(untouched - seeds.keys()),
        kept=frozenset(seeds.keys() - new - untouched),
    )
