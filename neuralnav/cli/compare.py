"""``neuralnav compare``: options of a plan side by side."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from neuralnav.cli.output import print_json
from neuralnav.cli.side_by_side import differences_document, print_side_by_side
from neuralnav.cli.stored_plan import read_plan
from neuralnav.errors import FieldProblem, InvalidInputError
from neuralnav.models.options import find_option
from neuralnav.planning.explain import compare


def run(plan: Path | None, choices: Sequence[str], *, as_json: bool) -> int:
    """Put the options of ``plan`` that ``choices`` name (numbers, views or ids) side by side."""
    if plan is None:
        raise InvalidInputError("Say which plan: --plan.", (FieldProblem("--plan", None, "the output of plan --json"),))
    if len(set(choices)) < 2:
        problem = FieldProblem("CHOICES", " ".join(choices), "two or more numbers or views")
        raise InvalidInputError("Name two or more options, such as 1 and 3.", (problem,))
    names = list(dict.fromkeys(choices))
    whole = read_plan(plan)
    options = [find_option(whole, name) for name in names]
    found = compare(*options)
    if as_json:
        print_json(
            {
                "sentence": found.sentence,
                "options": {n: option.model_dump(mode="json") for n, option in zip(names, options, strict=True)},
                "differences": differences_document(names, found.differences),
            }
        )
    else:
        print_side_by_side(found.sentence, names, found.differences)
    return 0
