"""What every table of reference data shares: rows of one type, read as documents and checked one by one."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from pydantic import ValidationError

from neuralnav.errors import InvalidInputError
from neuralnav.knowledge.connections import PooledConnection
from neuralnav.models.base import Frozen
from neuralnav.models.problems import problems_of

Row = TypeVar("Row", bound=Frozen)


@dataclass(frozen=True)
class Collection(Generic[Row]):
    """One table of reference data and its SQL.

    ``select`` gives one JSON document a row, in the order of the key. ``insert`` and ``delete`` take a JSON array of
    such documents; ``delete`` reads only their keys.
    """

    table: str
    row_type: type[Row]
    key: Callable[[Row], str]
    """What identifies a row, as a text."""
    select: str
    insert: str
    delete: str

    async def load(self, connection: PooledConnection) -> tuple[Row, ...]:
        """Every row.

        Raises:
            InvalidInputError: a row is not what it must be; names table, row and field.
        """
        return tuple(
            parse_row(self.row_type, record["document"], self.table) for record in await connection.fetch(self.select)
        )


def parse_row(row_type: type[Row], document: str, table: str) -> Row:
    """The value that a row's document holds.

    Raises:
        InvalidInputError: the document is not such a value; names table, row and field.
    """
    try:
        return row_type.model_validate_json(document)
    except ValidationError as error:
        where = f"table {table}, row {_shortened(document)}"
        problems = problems_of(error, table)
        raise InvalidInputError(
            f"The database holds a row that cannot be used: {where}: {'; '.join(map(str, problems))}. "
            "Correct or delete it.",
            problems,
        ) from None


def digest_of(value: Frozen) -> str:
    """A digest of a value's content; fields that have their default do not count, so a new one changes no digest."""
    content = json.dumps(value.model_dump(mode="json", exclude_defaults=True), sort_keys=True)
    return hashlib.sha256(content.encode()).hexdigest()


def _shortened(document: str, length: int = 200) -> str:
    return document if len(document) <= length else f"{document[:length]} ..."
