import pytest
from pydantic import ValidationError

from neuralnav.models.catalog import ReferenceData
from neuralnav.models.plan import Plan
from neuralnav.models.template import DeploymentTemplate
from neuralnav.models.vocabulary import View
from neuralnav.planning.templates import is_of_template, matching_templates, template_of
from tests.neuralnav.planning.conftest import Specify


@pytest.mark.parametrize(("users", "scale"), [(1, "small"), (299, "small"), (300, "medium"), (9_000, "large")])
def test_a_template_of_the_use_case_and_scale_matches(
    users: int, scale: str, seeds: ReferenceData, spec: Specify
) -> None:
    (found,) = matching_templates(seeds.templates, spec(user_count=users))
    assert found.name == f"chatbot-conversational-{scale}"


def test_beyond_every_scale_nothing_matches(seeds: ReferenceData, spec: Specify) -> None:
    assert matching_templates(seeds.templates, spec(user_count=5_000_000)) == ()


def kept(plan: Plan, name: str | None = None) -> DeploymentTemplate:
    option = plan.views[View.BALANCED][0]
    return template_of(option, plan.specification, source="our trial", name=name, kept_by="ada", as_of="2026-11-21")


def test_a_kept_option_is_found_again_for_the_same_need_before_wider_ones(
    golden: Plan, seeds: ReferenceData, spec: Specify
) -> None:
    template, option = kept(golden), golden.views[View.BALANCED][0]
    assert matching_templates((*seeds.templates, template), spec())[0] == template
    assert is_of_template(option, template)
    assert not is_of_template(option, template.model_copy(update={"tensor_parallel": 8 // option.tensor_parallel + 1}))
    assert not is_of_template(option, template.model_copy(update={"replicas": option.replicas + 1}))


def test_a_template_says_who_kept_it_when_and_from_what(golden: Plan) -> None:
    template = kept(golden, "ours")
    assert (template.name, template.kept_by, template.as_of) == ("ours", "ada", "2026-11-21")
    assert template.source == "our trial"
    assert template.min_peak_qps < golden.specification.traffic.peak_qps < template.max_peak_qps


@pytest.mark.parametrize("name", ["No Spaces", "-", "a" * 101, "../etc"])
def test_a_name_that_cannot_be_is_refused(name: str, golden: Plan) -> None:
    with pytest.raises(ValidationError, match="name"):
        kept(golden, name)
