"""Whether a plan is wanted with what the cluster has: asked for, supposed, or neither."""

from __future__ import annotations

import pytest

from neuralnav.models.reply import ActionKind, CheckpointKind
from neuralnav.understanding import read_reply, read_request

EVERYWHERE = tuple(place for place in CheckpointKind if place is not CheckpointKind.FAILED)


@pytest.mark.parametrize("checkpoint", EVERYWHERE)
@pytest.mark.parametrize(
    "text",
    [
        "use what my cluster has",
        "only GPUs in our cluster",
        "plan for my cluster",
        "please use only the GPUs that our cluster has",
        "use the GPUs that are free in the cluster",
        "can you use what we have in our cluster?",
        "stick to the hardware in our cluster",
        "limit it to our cluster's GPUs",
        "plan with what's available in my Kubernetes cluster",
        "no, just use what is free in our OpenShift cluster",
        "base it on what the cluster has",
    ],
)
def test_it_is_an_edit_whose_values_the_cluster_gives(text: str, checkpoint: CheckpointKind) -> None:
    (action,) = read_reply(text, checkpoint=checkpoint).actions
    assert (action.action, action.from_cluster, action.changes) == (ActionKind.EDIT, True, {})


def test_values_said_beside_it_are_part_of_the_same_change() -> None:
    (action,) = read_reply("use what my cluster has and 2000 users", checkpoint="review_specification").actions
    assert action.from_cluster
    assert action.changes == {"user_count": 2000}


@pytest.mark.parametrize("text", ["what if we use what our cluster has?", "could we use only the GPUs in our cluster?"])
def test_it_can_be_supposed(text: str) -> None:
    (action,) = read_reply(text, checkpoint="present_options").actions
    assert (action.action, action.from_cluster) == (ActionKind.WHAT_IF, True)


@pytest.mark.parametrize("checkpoint", EVERYWHERE)
@pytest.mark.parametrize(
    "text",
    [
        "don't use what my cluster has",
        "we can't use the GPUs in our cluster",
        "do not plan for my cluster",
        "instead of using what our cluster has",
        "what does my cluster have?",
        "which GPUs does our cluster have?",
        "why use what my cluster has?",
        "tell me what my cluster has",
        "will it fit my cluster?",
        "our cluster is down",
        "we have a cluster",
        "use what my cluster has not",
    ],
)
def test_negations_questions_and_remarks_ask_for_nothing(text: str, checkpoint: CheckpointKind) -> None:
    assert not any(action.from_cluster for action in read_reply(text, checkpoint=checkpoint).actions)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("A chatbot for 1000 users. Use what my cluster has.", True),
        ("chatbot for 1000 users, only the GPUs in our cluster", True),
        ("chatbot for 1000 users, we can't use the GPUs in our cluster", False),
        ("chatbot for 1000 users of our cluster", False),
    ],
)
def test_first_words_may_ask_for_it(text: str, *, wanted: bool) -> None:
    assert read_request(text).from_cluster is wanted
