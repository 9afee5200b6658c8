"""A recommendation that contradicts itself is refused."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from neuralnav.knowledge.seeds import read_seeds
from neuralnav.models.intent import DeploymentIntent
from neuralnav.models.plan import Recommendation
from neuralnav.models.vocabulary import UseCase
from neuralnav.planning.planner import Planner
from neuralnav.planning.specification import specify


def test_gpus_must_be_those_of_all_replicas() -> None:
    reference = read_seeds()
    intent = DeploymentIntent(use_case=UseCase.CHATBOT, user_count=1000)
    option = Planner(reference).plan(specify(intent, reference.use_cases)).views["balanced"][0]
    wrong = option.model_dump() | {"gpus": option.gpus + 1}
    with pytest.raises(ValidationError, match="is not tensor_parallel x replicas"):
        Recommendation.model_validate(wrong)
