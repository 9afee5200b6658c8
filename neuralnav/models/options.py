"""A plan's options with the numbers that people choose by."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from neuralnav.errors import FieldProblem, InvalidInputError
from neuralnav.models.base import Frozen
from neuralnav.models.plan import Plan, Recommendation
from neuralnav.models.vocabulary import View

FROM_BALANCED = 5
FROM_OTHER_VIEWS = 2


class NumberedOption(Frozen):
    """An option, its number, and its rank in the views that list it."""

    number: Annotated[int, Field(ge=1)]
    ranks: dict[View, int]
    option: Recommendation


def number_options(plan: Plan) -> tuple[NumberedOption, ...]:
    """The first of the balanced view, then the first of each other view, each configuration once."""
    chosen: dict[str, Recommendation] = {}
    for view in (View.BALANCED, *(v for v in View if v is not View.BALANCED)):
        take = FROM_BALANCED if view is View.BALANCED else FROM_OTHER_VIEWS
        for option in plan.views.get(view, ())[:take]:
            chosen.setdefault(option.id, option)
    ranks = {
        view: {option.id: rank for rank, option in enumerate(options, start=1)} for view, options in plan.views.items()
    }
    return tuple(
        NumberedOption(
            number=number,
            ranks={view: ranked[identity] for view, ranked in ranks.items() if identity in ranked},
            option=option,
        )
        for number, (identity, option) in enumerate(chosen.items(), start=1)
    )


def find_option(plan: Plan, choice: int | str) -> Recommendation:
    """The option that ``choice`` names: its number, its id, or a view (the first of it).

    Raises:
        InvalidInputError: there is no such option.
    """
    numbered = number_options(plan)
    by_name: dict[str, Recommendation] = {str(n.number): n.option for n in numbered}
    by_name |= {n.option.id: n.option for n in numbered}
    by_name |= {view.value: options[0] for view, options in plan.views.items() if options}
    found = by_name.get(str(choice))
    if found is None:
        allowed = f"1 to {len(numbered)}, or {', '.join(view.value for view in View)}" if numbered else "none"
        raise InvalidInputError(
            f"There is no option {choice!r}; choose {allowed}.", (FieldProblem("choice", choice, allowed),)
        )
    return found
