"""Plans that ``neuralnav plan --json`` printed, read back."""

from __future__ import annotations

from pathlib import Path

from pydantic import ValidationError

from neuralnav.cli.documents import read_document
from neuralnav.errors import InvalidInputError
from neuralnav.models.plan import Plan
from neuralnav.models.problems import problems_of


def read_plan(path: Path) -> Plan:
    """The plan in ``path`` (``-``: standard input).

    Raises:
        InvalidInputError: it cannot be read, or is no plan; names the first fields that are wrong.
    """
    document = read_document(path)
    document.pop("options", None)
    try:
        return Plan.model_validate(document)
    except ValidationError as error:
        problems = problems_of(error, "plan")[:10]
        raise InvalidInputError(f"{path} is not a plan: {'; '.join(map(str, problems))}", problems) from None
