"""``neuralnav schema``: the JSON Schema of a document."""

from __future__ import annotations

from pydantic import BaseModel

from neuralnav.cli.output import print_json
from neuralnav.errors import FieldProblem, InvalidInputError
from neuralnav.models.intent import IntentReading
from neuralnav.models.plan import Plan
from neuralnav.planning.partial import PartialSpecification


def run(of: str) -> int:
    """Print the schema of the document called ``of``."""
    documents: dict[str, type[BaseModel]] = {
        "specification": PartialSpecification,
        "intent": IntentReading,
        "plan": Plan,
    }
    if of not in documents:
        allowed = ", ".join(documents)
        raise InvalidInputError(
            f"There is no schema of {of!r}; there is {allowed}.", (FieldProblem("of", of, allowed),)
        )
    print_json(documents[of].model_json_schema())
    return 0
