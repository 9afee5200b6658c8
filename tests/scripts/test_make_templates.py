import json

import pytest

from neuralnav.knowledge.seeds import read_seeds
from neuralnav.models.template import DeploymentTemplate
from neuralnav.models.vocabulary import UseCase
from scripts.make_templates import SCALES, document_of, peak_qps_of_a_user


def test_the_scales_meet_without_gaps() -> None:
    assert [scale.users_to for scale in SCALES[:-1]] == [scale.users_from for scale in SCALES[1:]]
    assert all(scale.users_from <= scale.users < scale.users_to for scale in SCALES)


def test_a_thousand_chatbot_users_make_nine_requests_a_second_at_peak() -> None:
    chatbot = next(use_case for use_case in read_seeds().use_cases if use_case.use_case is UseCase.CHATBOT)
    assert 1000 * peak_qps_of_a_user(chatbot) == pytest.approx(9)


def test_what_is_written_can_be_read_as_templates() -> None:
    seeds = read_seeds()
    entries = [template.model_dump(mode="json", exclude_defaults=True) for template in seeds.templates]
    document = json.loads(document_of(entries, "2026-11-21"))
    assert [DeploymentTemplate.model_validate(entry) for entry in document["entries"]] == list(seeds.templates)
    assert document["as_of"] == "2026-11-21"
