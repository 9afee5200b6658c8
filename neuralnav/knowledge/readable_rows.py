"""Rows of which one that cannot be read must not hide the others."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import TypeVar

from neuralnav.errors import InvalidInputError
from neuralnav.knowledge.collection import parse_row
from neuralnav.models.base import Frozen

logger = logging.getLogger(__name__)

Row = TypeVar("Row", bound=Frozen)


def readable_rows(row_type: type[Row], documents: Iterable[str], table: str) -> tuple[Row, ...]:
    """The values that rows' documents hold; what is wrong with the others is logged."""
    found = []
    for document in documents:
        try:
            found.append(parse_row(row_type, document, table))
        except InvalidInputError as error:
            logger.error("%s", error.detail)  # noqa: TRY400 - the message says all there is
    return tuple(found)
