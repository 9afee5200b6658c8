"""What a terminal shows: options whose accuracy is an estimate are marked, and progress names the best so far."""

from __future__ import annotations

import io

import pytest
from rich.console import Console
from rich.progress import Progress

from graph.wording import options_prompt
from neuralnav.cli.plan import best_so_far, progress_columns
from neuralnav.cli.tables import print_plan
from neuralnav.models.labels import UNRATED, hardware_label, model_label
from neuralnav.models.options import number_options
from neuralnav.models.plan import Plan, Recommendation
from neuralnav.models.vocabulary import View
from neuralnav.services.shipped_plans import plan as plan_for


@pytest.fixture(scope="module")
def plan() -> Plan:
    return plan_for({"intent": {"use_case": "chatbot_conversational", "user_count": 1000}})


def with_ratings(plan: Plan, *, unrated: set[str]) -> Plan:
    def rated(option: Recommendation) -> Recommendation:
        scores = option.scores.model_copy(update={"accuracy_rated": option.id not in unrated})
        return option.model_copy(update={"scores": scores})

    views = {view: tuple(map(rated, options)) for view, options in plan.views.items()}
    return plan.model_copy(update={"views": views, "templates": ()})


def printed(plan: Plan, monkeypatch: pytest.MonkeyPatch, columns: int) -> str:
    monkeypatch.setenv("COLUMNS", str(columns))
    stream = io.StringIO()
    print_plan(plan, stream)
    return stream.getvalue()


def test_an_unrated_option_is_marked_in_the_table_with_one_footnote(
    plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    best = number_options(plan)[0].option
    marked = with_ratings(plan, unrated={best.id})
    said = printed(marked, monkeypatch, 200)
    assert f"{model_label(best)}*" in said
    assert said.count("*") == 2
    assert said.count(UNRATED) == 1
    chat = options_prompt(marked).replace("\\", "")
    assert f"| {model_label(best)}* |" in chat
    assert chat.count(UNRATED) == 1


def test_nothing_is_marked_where_all_options_are_rated(plan: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    rated = with_ratings(plan, unrated=set())
    assert UNRATED not in printed(rated, monkeypatch, 200)
    assert UNRATED not in options_prompt(rated).replace("\\", "")


@pytest.mark.parametrize("columns", [20, 40, 80])
def test_narrow_terminals_get_the_mark_and_the_footnote_too(
    plan: Plan, monkeypatch: pytest.MonkeyPatch, columns: int
) -> None:
    said = printed(with_ratings(plan, unrated={number_options(plan)[0].option.id}), monkeypatch, columns)
    assert max(map(len, said.splitlines())) <= columns
    assert UNRATED in " ".join(said.split())


def test_while_simulating_the_first_of_the_balanced_view_is_named(plan: Plan) -> None:
    best = plan.views[View.BALANCED][0]
    assert best.cost
    assert best_so_far(plan) == (
        f"Best so far: {model_label(best)} on {hardware_label(best)}, ${best.cost.per_month_usd:,.0f} a month"
    )
    assert best_so_far(plan.model_copy(update={"views": {}})) == best_so_far(None) == "Simulating configurations"


@pytest.mark.parametrize("columns", [40, 60, 80, 160])
def test_progress_stays_on_one_line_and_shows_its_count_at_any_width(plan: Plan, columns: int) -> None:
    console = Console(file=io.StringIO(), width=columns)
    progress = Progress(*progress_columns(), console=console, expand=True)
    progress.add_task(best_so_far(plan), total=250, completed=3)
    with console.capture() as captured:
        console.print(progress.get_renderable())
    (line,) = captured.get().splitlines()
    assert "3/250" in line
    assert (best_so_far(plan) in line) == (columns == 160)
