"""What is said about a plan and its options."""

from __future__ import annotations

from collections.abc import Sequence

from graph.wording.text import code_free, escaped, quoted
from neuralnav.models.figures import banded, figure, listed, money, plural
from neuralnav.models.labels import UNRATED, hardware_label, listed_model_label, model_label
from neuralnav.models.options import NumberedOption, number_options, sources_of
from neuralnav.models.plan import NearMiss, Plan, Recommendation
from neuralnav.models.scenario import Scenario
from neuralnav.models.vocabulary import View
from neuralnav.planning.candidates import ModelShortlist
from neuralnav.planning.explain import Comparison
from neuralnav.planning.what_if import WhatIf
from neuralnav.services.scenarios import ScenarioComparison


def shortlist(found: ModelShortlist) -> str:
    """One line: how many models can do the task."""
    return f"{plural(len(found.models), 'model')} can do this task."


def planned(plan: Plan) -> str:
    """One line: what was evaluated and what is left."""
    estimated = f" {plan.estimated:,} are estimated, not simulated." if plan.estimated else ""
    return f"{plan.evaluated:,} configurations evaluated, {plan.compliant:,} meet every target.{estimated}"


def options_prompt(plan: Plan) -> str:
    """The options as a table, or why there are none and what is nearest."""
    numbered = number_options(plan)
    lines: list[str] = []
    if numbered:
        lines += [f"*Why {numbered[0].number}* {escaped(numbered[0].option.reason)}", ""]
    else:
        lines += ["**No configuration meets every target and constraint.**", ""]
    lines += [f"- {escaped(warning)}" for warning in plan.warnings] or ([] if numbered else [_why(plan)])
    if plan.near_misses:
        lines += ["", "Nearest", *(f"- {_near(miss)}" for miss in plan.near_misses)]
    templates = [one for one in numbered if one.template]
    if templates:
        lines += ["", *(f"- {one.number} is the template {escaped(one.template or '')}." for one in templates)]
    if numbered:
        lines += [
            "",
            _table(numbered),
            "",
            *([escaped(UNRATED), ""] if not all(one.option.scores.accuracy_rated for one in numbered) else []),
            f"*First in* {_first_in(numbered)}. Figures are {sources_of(numbered)}, with their 90 % bands in "
            "brackets. Choose a number, ask why, compare, or say what to change.",
        ]
    return "\n".join(lines).strip()


def _table(numbered: Sequence[NumberedOption]) -> str:
    head = "| # | Model | GPUs | A month | TTFT p95 | ITL p95 | E2E p95 | Requests/s |\n"
    head += "| --- | --- | --- | --- | --- | --- | --- | --- |\n"
    return head + "\n".join(_row(option) for option in numbered)


def _row(numbered: NumberedOption) -> str:
    option = numbered.option
    predicted = option.predicted
    carries = predicted.max_qps.value * option.replicas
    cells = (
        str(numbered.number),
        escaped(listed_model_label(option)),
        hardware_label(option),
        escaped(money(option.cost.per_month_usd)) if option.cost else "no price known",
        banded(predicted.ttft_p95_ms),
        banded(predicted.itl_p95_ms),
        banded(predicted.e2e_p95_ms),
        figure(carries) if carries < 10 else f"{carries:,.0f}",
    )
    return f"| {' | '.join(cells)} |"


def _first_in(numbered: Sequence[NumberedOption]) -> str:
    """Which option leads which view."""
    return listed(
        [
            f"{view.value.replace('_', ' ')} **{option.number}**"
            for view in View
            for option in numbered
            if option.ranks.get(view) == 1
        ]
    )


def named(option: Recommendation) -> str:
    """An option in few words."""
    cost = f", {escaped(money(option.cost.per_month_usd))} a month" if option.cost else ""
    return f"{escaped(model_label(option))} on {hardware_label(option)}{cost}"


def option_names(numbered: Sequence[NumberedOption]) -> str:
    """The options to choose from, in a line."""
    if not numbered:
        return "There is nothing to choose: no configuration meets every target."
    return "Choose " + "; ".join(f"{n.number}. {named(n.option)}" for n in numbered) + "."


def _why(plan: Plan) -> str:
    reasons = sorted(plan.rejected_summary.items(), key=lambda item: -item[1])[:5]
    return "Ruled out " + listed([f"{count:,} by {escaped(reason)}" for reason, count in reasons]) + "."


def not_scaled(replicas: int, plan: Plan) -> str:
    """Why a deployment cannot run with so many replicas."""
    nearest = f" {escaped(plan.near_misses[0].sentence)}" if plan.near_misses else ""
    return f"{plural(replicas, 'replica')} would not meet every target; nothing was changed.{nearest}"


def _near(miss: NearMiss) -> str:
    return f"{named(miss.option)}. {escaped(miss.sentence)}"


def explanation(plan: Plan, options: Sequence[Recommendation], beside_first: Sequence[str]) -> str:
    """Why the named options (or the first ones) stand where they do, and how they differ from the first."""
    numbers = {one.option.id: one.number for one in number_options(plan)}
    asked = list(options) or [n.option for n in number_options(plan)[:3]]
    if not asked:
        return _why(plan)
    lines = []
    for option in asked:
        scores = option.scores
        number = f"{numbers[option.id]}. " if option.id in numbers else ""
        lines.append(
            f"**{number}{named(option)}**. {escaped(option.reason)} "
            f"Scores out of 100, accuracy {scores.accuracy:.0f}, price {scores.price:.0f}, "
            f"latency {scores.latency:.0f}, complexity {scores.complexity:.0f}, together {scores.balanced:.0f}."
        )
        lines += [f"- {escaped(note)}" for note in option.notes]
    lines += [f"Beside 1. {escaped(sentence)}" for sentence in beside_first]
    return "\n\n".join(lines)


def comparison(compared: Comparison, names: Sequence[str]) -> str:
    """Options side by side, under their names."""
    return _side_by_side(compared.sentence, compared.differences, *names)


def what_if(answer: WhatIf, *, keeps: bool) -> str:
    """The present plan and the changed one side by side, with the warnings of both, and how to keep it."""
    lines = [_side_by_side(answer.sentence, answer.differences, "Now", "Then")]
    if answer.warnings:
        lines += ["", *(f"- {escaped(warning)}" for warning in answer.warnings)]
    if keeps:
        lines += ["", "Nothing has changed. Say `keep that as NAME` to keep it as a scenario."]
    return "\n".join(lines)


def kept(scenario: Scenario) -> str:
    """That a scenario is kept, and what can be done with it."""
    return f"Kept as scenario {quoted(scenario.name)}. Say `compare now and {code_free(scenario.name)}` to see both."


def scenarios(compared: ScenarioComparison) -> str:
    """Scenarios side by side, under their names."""
    return _side_by_side(compared.sentence, compared.differences, *map(escaped, compared.names))


def recommended(plan: Plan) -> str:
    """Which option to take when a person does not know."""
    numbered = number_options(plan)
    if not numbered:
        return option_names(numbered)
    first = numbered[0]
    return f"I would take {first.number}, {named(first.option)}. {escaped(first.option.reason)}"


def _side_by_side(sentence: str, rows: Sequence[tuple[str, ...]], *headings: str) -> str:
    head = [escaped(sentence), "", f"| | {' | '.join(headings)} |", f"|{' --- |' * (len(headings) + 1)}"]
    return "\n".join(head + [f"| {' | '.join(map(escaped, row))} |" for row in rows])


def explored(answers: int) -> str:
    """One line: how much was answered."""
    return f"{plural(answers, 'question')} answered."
