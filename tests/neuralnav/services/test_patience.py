"""The waits of a change fit into the time that one node of the conversation has."""

from __future__ import annotations

import pytest

from graph.build import NODE_SHARE
from neuralnav.deployment.local.runtime import CHANGE_SECONDS
from neuralnav.services.patience import Patience
from neuralnav.services.postgres_records import CLAIM_PATIENCE_S
from neuralnav.settings import Settings

TURN_S = Settings.model_fields["turn_timeout_s"].default


@pytest.mark.parametrize("turn_s", [10.0, TURN_S, 600.0])
def test_checks_end_before_their_node_is_stopped_and_leave_time_to_try_after_the_longest_wait(turn_s: float) -> None:
    patience = Patience.within(turn_s, ready_s=600)
    assert patience.validate_s < NODE_SHARE * turn_s
    trial_s = patience.trial_within(patience.validate_s - patience.ready_s)
    assert trial_s is not None
    assert patience.ready_s + trial_s + patience.judging_s <= patience.validate_s


def test_a_trial_for_which_hardly_any_time_is_left_is_not_begun() -> None:
    patience = Patience()
    assert patience.trial_within(patience.validate_s) == patience.trial_s
    assert patience.trial_within(patience.judging_s + 1) is None


def test_a_change_waits_no_longer_than_its_node_may_take() -> None:
    patience = Patience.within(TURN_S, ready_s=30)
    assert patience == Patience()
    assert CLAIM_PATIENCE_S + max(patience.removal_s, CHANGE_SECONDS) < NODE_SHARE * TURN_S
