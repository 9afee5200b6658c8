"""A plan's options with the numbers that people choose by."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from pydantic import Field

from neuralnav.errors import FieldProblem, InvalidInputError
from neuralnav.models.base import Frozen
from neuralnav.models.plan import Plan, Recommendation
from neuralnav.models.vocabulary import View

FROM_BALANCED = 5
FROM_OTHER_VIEWS = 2
SHIPPED = "NeuralNav"
"""Who keeps the templates that ship: they are no experience of anybody's."""


class NumberedOption(Frozen):
    """An option, its number, its rank in the views that list it, and the template that it is."""

    number: Annotated[int, Field(ge=1)]
    ranks: dict[View, int]
    option: Recommendation
    template: str | None = None


def number_options(plan: Plan) -> tuple[NumberedOption, ...]:
    """Templates that people kept, the first of the balanced view, then of each other view; each configuration once."""
    kept = {one.option.id: one for one in plan.templates if one.kept_by != SHIPPED}
    chosen: dict[str, Recommendation] = {identity: one.option for identity, one in kept.items()}
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
            template=kept[identity].name if identity in kept else None,
        )
        for number, (identity, option) in enumerate(chosen.items(), start=1)
    )


def sources_of(numbered: Sequence[NumberedOption]) -> str:
    """Where the figures of options come from: ``simulated``, or ``measured (1), simulated (2, 3)``."""
    by_source: dict[str, list[str]] = {}
    for one in numbered:
        by_source.setdefault(one.option.source.value, []).append(str(one.number))
    if len(by_source) == 1:
        return next(iter(by_source))
    return ", ".join(f"{source} ({', '.join(numbers)})" for source, numbers in by_source.items())


def find_option(plan: Plan, choice: int | str) -> Recommendation:
    """The option that ``choice`` names: its number, its id, or a view (the first of it).

    Raises:
        InvalidInputError: there is no such option.
    """
    numbered = number_options(plan)
    by_name: dict[str, Recommendation] = {str(n.number): n.option for n in numbered}
    listed = [option for options in plan.views.values() for option in options]
    others = (*(one.option for one in plan.templates), *(miss.option for miss in plan.near_misses))
    by_name |= {option.id: option for option in (*others, *plan.pareto, *listed)}
    by_name |= {view.value: options[0] for view, options in plan.views.items() if options}
    found = by_name.get(str(choice))
    if found is None:
        raise _no_option(choice, len(numbered))
    return found


def _no_option(choice: int | str, count: int) -> InvalidInputError:
    if not count:
        return InvalidInputError(
            f"There is no option {choice!r}: no configuration meets every target.",
            (FieldProblem("choice", choice, "nothing, as there are no options"),),
        )
    allowed = f"1 to {count}, or {', '.join(view.value for view in View)}"
    return InvalidInputError(
        f"There is no option {choice!r}; choose {allowed}.", (FieldProblem("choice", choice, allowed),)
    )
