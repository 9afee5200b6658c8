"""What is said reads well: notes apart, binding words named, tables with units."""

from __future__ import annotations

from graph import wording
from graph.wording.text import plain
from neuralnav.models.reply import ActionKind
from neuralnav.planning.what_if import what_if
from neuralnav.services.shipped_plans import plan as plan_for

NEED = {"use_case": "chatbot_conversational", "user_count": 1000}


def test_each_note_is_a_paragraph_of_its_own() -> None:
    noted = plan_for({"intent": NEED}).specification.model_copy(update={"notes": ("One.", "Two.")})
    assert wording.specification(noted).endswith("**Note** One.\n\n**Note** Two.")


def test_a_what_if_is_told_in_the_units_of_everything_else() -> None:
    present = plan_for({"intent": NEED | {"max_monthly_cost_usd": 20_000}})
    changed = plan_for({"intent": NEED | {"user_count": 2000, "max_monthly_cost_usd": 30_000}})
    told = plain(wording.what_if(what_if(present, changed), keeps=False))
    assert "| users | 1,000 | 2,000 |" in told
    assert "| budget a month | $20,000 | $30,000 |" in told


def test_what_binds_is_left_out_of_a_longer_reply_by_name() -> None:
    assert plain(wording.to_be_said_alone(ActionKind.ROLL_BACK)) == (
        "I left out “roll back”: say it alone, in answer to what it is about."
    )
