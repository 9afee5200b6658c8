"""Where a row of the knowledge base comes from."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from neuralnav.models.base import Frozen

UNSTATED = "unstated"
"""Provenance that nobody gave: rows from before it was asked for."""

PartialDate = Annotated[str, Field(pattern=r"^(unstated|\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?)$")]
"""A year, a month or a day as ISO 8601 writes it: as exactly as the source says it."""


class Sourced(Frozen):
    """A row that tells where its figures come from, under which terms, and when they held."""

    source: str = Field(min_length=1)
    source_licence: str = Field(default=UNSTATED, min_length=1)
    """The terms under which the source gives its figures (not the licence of a model's weights)."""
    as_of: PartialDate = UNSTATED
