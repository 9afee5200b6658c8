"""The picture and the counts in the documentation are those of the planner as it is."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest

from neuralnav.models.plan import Plan
from scripts.draw_plan import PAGE, PICTURE, golden_plan, page_with_counts, picture_of


@pytest.fixture(scope="module")
def plan() -> Plan:
    return golden_plan()


def test_the_picture_is_current(plan: Plan) -> None:
    assert PICTURE.read_text(encoding="utf-8") == picture_of(plan), "run: python -m scripts.draw_plan"


def test_the_counts_on_the_page_are_current(plan: Plan) -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert page == page_with_counts(page, plan), "run: python -m scripts.draw_plan"


def test_what_is_ruled_out_and_what_is_left_add_up_to_what_was_evaluated(plan: Plan) -> None:
    assert sum(plan.rejected_summary.values()) + plan.compliant == plan.evaluated


def test_drawing_twice_gives_the_same_bytes(plan: Plan) -> None:
    assert picture_of(golden_plan()) == picture_of(plan)


def test_the_picture_is_xml_on_a_background_of_its_own_and_shows_the_whole_front(plan: Plan) -> None:
    root = ET.fromstring(picture_of(plan))
    svg = "{http://www.w3.org/2000/svg}"
    background = root.find(f"{svg}rect")
    assert background is not None
    assert (background.get("width"), background.get("height")) == (root.get("width"), root.get("height"))
    dots = [circle for circle in root.iter(f"{svg}circle") if circle.get("class") == "front"]
    assert len(dots) == len(plan.pareto)


def test_a_page_without_markers_is_refused(plan: Plan) -> None:
    with pytest.raises(ValueError, match="plan markers"):
        page_with_counts("# Planning\n", plan)
