from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neuralnav.models.vocabulary import View
from neuralnav.planning.ranking import FRONT_LENGTH, Ranked, order, pareto_front, shown


def ranked(*rows: tuple[str, str, float, float, float]) -> Ranked:
    """Model, GPU, accuracy, latency score, dollars an hour; everything else equal."""
    columns = list(zip(*rows, strict=True))
    accuracy, latency, hourly = (np.array(column, dtype=float) for column in columns[2:])
    price = np.where(np.isfinite(hourly), 100 - np.minimum(hourly, 100), 0)
    return Ranked(
        names=np.array([f"{model} {gpu} {at}" for at, (model, gpu, *_) in enumerate(rows)]),
        models=np.array(columns[0]),
        gpus=np.array(columns[1]),
        accuracy=accuracy,
        price=price,
        latency=latency,
        complexity=np.full(len(rows), 50.0),
        balanced=(accuracy + latency + price) / 3,
        hourly_usd=hourly,
    )


SOME = ranked(
    ("a", "L4", 40, 50, 1),
    ("a", "H100", 40, 80, 9),
    ("b", "L4", 70, 40, 2),
    ("b", "B300", 70, 90, np.inf),
    ("c", "H100", 70.3, 30, 8),
)


def test_each_view_starts_with_its_best() -> None:
    assert [int(order(SOME, view)[0]) for view in View] == [2, 0, 3, 1, 1]


def test_without_a_price_there_is_no_place_in_the_views_of_cost() -> None:
    for view in (View.LOWEST_COST, View.BALANCED):
        assert 3 not in order(SOME, view)
    assert 3 in order(SOME, View.BEST_ACCURACY)
    assert 3 not in pareto_front(SOME)


def test_a_model_comes_again_only_with_a_gain() -> None:
    assert shown(SOME, View.LOWEST_COST) == [0, 2, 4, 1]
    assert shown(SOME, View.BALANCED) == [1, 2, 4, 0]


def test_one_kind_of_gpu_shows_a_model_once() -> None:
    twice = ranked(("a", "L4", 40, 50, 1), ("a", "L4", 41, 60, 2), ("b", "L4", 10, 10, 3))
    assert shown(twice, View.LOWEST_COST) == [0, 2]


def test_equal_configurations_are_ordered_by_name() -> None:
    same = ranked(("b", "L4", 40, 50, 1), ("a", "L4", 40, 50, 1), ("c", "L4", 40, 50, 1))
    for view in View:
        assert [str(same.models[at]) for at in order(same, view)] == ["a", "b", "c"]


def test_nothing_on_the_front_is_beaten_and_everything_else_is() -> None:
    generator = np.random.default_rng(3)
    points = generator.integers(1, 12, size=(120, 3))
    many = ranked(*((f"m{at}", "L4", *map(float, point)) for at, point in enumerate(points)))
    front = pareto_front(many)

    def beaten_by(at: int) -> list[int]:
        better = (
            (many.hourly_usd <= many.hourly_usd[at])
            & (many.latency >= many.latency[at])
            & (many.accuracy >= many.accuracy[at])
        )
        strictly = (
            (many.hourly_usd < many.hourly_usd[at])
            | (many.latency > many.latency[at])
            | (many.accuracy > many.accuracy[at])
        )
        return np.flatnonzero(better & strictly).tolist()

    assert all(not beaten_by(at) for at in front)
    assert len(front) < 31
    twins = {tuple(points[at]) for at in front}
    assert all(beaten_by(at) or tuple(points[at]) in twins for at in range(120))


@pytest.mark.parametrize("view", list(View))
def test_an_empty_field_has_empty_views(view: View) -> None:
    nothing = SOME.take(np.empty(0, dtype=np.intp))
    assert shown(nothing, view) == []
    assert pareto_front(nothing) == []


@given(
    st.lists(
        st.tuples(st.floats(0, 100), st.floats(0, 100), st.one_of(st.integers(1, 8).map(float), st.just(float("inf")))),
        max_size=40,
    )
)
def test_the_front_is_what_comparing_every_pair_gives(points: list[tuple[float, float, float]]) -> None:
    """In whole points of accuracy and latency; of equal ones the first is kept."""
    if not points:
        return
    many = ranked(*((f"m{at:02}", "L4", *point) for at, point in enumerate(points)))
    rounded = [(-round(accuracy), -round(latency), cost) for accuracy, latency, cost in points]

    def is_beaten(at: int) -> bool:
        mine = rounded[at]
        return any(
            all(theirs <= own for theirs, own in zip(other, mine, strict=True)) and other != mine for other in rounded
        )

    front = [at for at, point in enumerate(rounded) if np.isfinite(point[2]) and not is_beaten(at)]
    found = pareto_front(many)
    assert {rounded[at] for at in found} == {rounded[at] for at in front}
    assert len(found) == len({rounded[at] for at in front})
    assert [points[at][2] for at in found] == sorted(points[at][2] for at in found)


def test_a_long_front_is_thinned_evenly_and_keeps_both_ends() -> None:
    many = ranked(*((f"m{at:02}", "L4", float(at), 50.0, float(at + 1)) for at in range(90)))
    found = pareto_front(many)
    assert len(found) == FRONT_LENGTH
    assert (found[0], found[-1]) == (0, 89)
    assert max(np.diff(found)) - min(np.diff(found)) <= 1


@pytest.mark.parametrize("view", list(View))
def test_places_among_all_names_break_ties_as_the_names_do(view: View) -> None:
    rows = [(name, "L4", 40.0, 50.0, 1.0) for name in ("d", "a", "c", "b")]
    by_names = ranked(*rows)
    by_places = replace(by_names, names=np.argsort(np.argsort(by_names.names)))
    assert order(by_names, view).tolist() == order(by_places, view).tolist()
    assert shown(by_names, view) == shown(by_places, view)
    assert pareto_front(by_names) == pareto_front(by_places)
