from typing import Any

import pytest

from neuralnav.errors import FieldProblem
from neuralnav.models.catalog import CatalogModel, ReferenceData
from neuralnav.models.specification import DeploymentSpecification, Pinned, PlanningPolicy
from neuralnav.models.vocabulary import Precision
from neuralnav.planning.candidates import ServedModel, served_models
from neuralnav.planning.figures import read_figures
from neuralnav.planning.planner import Planner
from neuralnav.planning.scoring import QualityBook
from neuralnav.planning.suitability import (
    Suitability,
    context_tokens,
    is_named,
    judge,
    unknown_policy_names,
)
from tests.neuralnav.planning.conftest import Specify


def model(seeds: ReferenceData, model_id: str) -> CatalogModel:
    return next(one for one in seeds.models if one.model_id == model_id)


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("llama-3.1-8b", True),
        ("llama-3.1", True),
        ("llama", True),
        ("meta", True),
        ("meta-llama", True),
        ("meta-llama/llama-3.1-8b-instruct", True),
        ("llama-3.1-70b", False),
        ("llama-3.1-8", False),
        ("qwen", False),
    ],
)
def test_people_name_a_model_by_family_size_id_or_maker(name: str, meant: bool, seeds: ReferenceData) -> None:  # noqa: FBT001
    assert is_named(model(seeds, "meta-llama/Llama-3.1-8B-Instruct"), name) is meant


def test_a_family_name_means_all_its_generations(planner: Planner, spec: Specify) -> None:
    chosen = planner.shortlist(spec(preferred_models=("qwen",))).models
    assert {"qwen2.5-7b", "qwen3-8b"} <= set(chosen)
    assert all(name.startswith("qwen") for name in chosen)


def test_an_open_licence_rules_out_community_licences(planner: Planner, spec: Specify) -> None:
    chosen = planner.shortlist(spec(licence="open")).models
    assert "llama-3.1-8b" not in chosen
    assert "gpt-oss-20b" in chosen


def test_quality_asks_for_benchmarks(planner: Planner, spec: Specify) -> None:
    high, very_high = (set(planner.shortlist(spec(quality=tier)).models) for tier in ("high", "very_high"))
    assert very_high < high
    assert {"gpt-oss-120b", "qwen3-235b-a22b-2507"} <= very_high
    assert "qwen3-32b" in high - very_high
    assert not {"llama-3.1-8b", "granite-3.1-8b"} & high


def test_excluding_a_maker_excludes_all_its_models(planner: Planner, spec: Specify) -> None:
    kept = planner.shortlist(spec(excluded_models=("meta", "gpt-oss-20b"))).models
    assert not {"llama-3.1-8b", "llama-3.3-70b", "llama-4-scout"} & set(kept)
    assert "llama-3.1-nemotron-70b" in kept
    assert "gpt-oss-20b" not in kept


def test_a_model_made_for_another_subject_is_out(planner: Planner, spec: Specify) -> None:
    code = {"use_case": "code_generation_detailed"}
    assert "qwen3-coder-480b" in planner.shortlist(spec(**code)).models
    assert "qwen3-coder-480b" not in planner.shortlist(spec(**code, subject_matter="medical")).models


def test_the_context_holds_all_but_the_rarest_requests(spec: Specify, seeds: ReferenceData) -> None:
    chat, long = spec(), spec(use_case="long_document_summarization")
    assert context_tokens(model(seeds, "openai/gpt-oss-20b"), chat) == 4096
    assert context_tokens(model(seeds, "openai/gpt-oss-20b"), long) == 47_104
    assert context_tokens(model(seeds, "Qwen/Qwen3-8B"), long) == 40_960


def test_a_window_shorter_than_the_p95_request_is_out(planner: Planner, spec: Specify) -> None:
    assert "gemma-2-9b" not in planner.shortlist(spec(use_case="long_document_summarization")).models


def judged(
    seeds: ReferenceData, specification: DeploymentSpecification, **sections: Any
) -> list[tuple[ServedModel, Suitability]]:
    """Every served model under a specification with other sections in place of its own."""
    served = served_models(seeds)
    template = next(t for t in seeds.use_cases if t.use_case is specification.intent.use_case)
    book = QualityBook(seeds.quality_scores, read_figures())
    found = judge(served, specification.model_copy(update=sections), template, book, trusts_remote_code=True)
    return list(zip(served, found, strict=True))


def fields_against(found: list[tuple[ServedModel, Suitability]]) -> dict[str, set[str | None]]:
    """Model id to the fields that would let it in, of models with refusals."""
    return {served.model.model_id: {refusal.field for refusal in one.refusals} for served, one in found if one.refusals}


def test_models_that_are_not_approved_are_out_unless_policy_lets_them_in(seeds: ReferenceData, spec: Specify) -> None:
    old = "meta-llama/Llama-2-7b-chat-hf"
    assert old in fields_against(judged(seeds, spec()))
    anything = PlanningPolicy(approved_only=False)
    assert old not in fields_against(judged(seeds, spec(), policy=anything))


@pytest.mark.parametrize(
    ("policy", "field", "kept"),
    [
        ({"allowed_licences": ("mit", "Apache-2.0")}, "policy.allowed_licences", {"MIT", "Apache-2.0"}),
        ({"allowed_vendors": ("META", "ibm")}, "policy.allowed_vendors", {"Meta", "IBM"}),
        ({"excluded_vendors": ("deepseek", "Moonshot AI")}, "policy.excluded_vendors", None),
    ],
)
def test_policy_names_licences_and_vendors_in_any_letter_case(
    policy: dict[str, Any], field: str, kept: set[str] | None, seeds: ReferenceData, spec: Specify
) -> None:
    found = judged(seeds, spec(), policy=PlanningPolicy(**policy))
    stays = [served.model for served, one in found if field not in {refusal.field for refusal in one.refusals}]
    assert stays
    if kept is None:
        assert not {"DeepSeek", "Moonshot AI"} & {model.provider for model in stays}
    else:
        assert {model.licence if "licences" in field else model.provider for model in stays} == kept


def test_the_vendor_is_who_trained_a_model_not_who_quantised_it(seeds: ReferenceData, spec: Specify) -> None:
    found = judged(seeds, spec(), policy=PlanningPolicy(allowed_vendors=("Meta",)))
    assert "RedHatAI/Meta-Llama-3.1-8B-Instruct-FP8-dynamic" not in fields_against(found)


def test_names_that_no_model_has_are_told_with_close_ones(seeds: ReferenceData) -> None:
    policy = PlanningPolicy(allowed_vendors=("alibaba", "Meta"), allowed_licences=("apache 2.0",))
    assert unknown_policy_names(policy, served_models(seeds)) == (
        FieldProblem("policy.allowed_licences", "apache 2.0", "Apache-2.0"),
        FieldProblem("policy.allowed_vendors", "alibaba", "Alibaba Cloud, IBM"),
    )


@pytest.mark.parametrize("name", ["llama-3.3-70b", "Llama-3.3-70B", "META-LLAMA/Llama-3.3-70B-Instruct"])
def test_a_pinned_model_is_the_only_one(name: str, seeds: ReferenceData, spec: Specify) -> None:
    against = fields_against(judged(seeds, spec(), pinned=Pinned(model=name)))
    left = {model.model_id for model in seeds.models} - against.keys()
    assert left
    assert {model(seeds, one).short_name for one in left} == {"llama-3.3-70b"}
    assert against["Qwen/Qwen3-8B"] == {"pinned.model"}


def test_a_pinned_precision_is_the_served_one(seeds: ReferenceData, spec: Specify) -> None:
    found = judged(seeds, spec(), pinned=Pinned(precision=Precision.FP8))
    left = [served for served, one in found if not one.refusals]
    assert {served.precision for served in left} == {Precision.FP8}
    assert any(served.online for served in left)


def test_a_model_without_scores_is_in_the_tier_that_is_vouched_for(seeds: ReferenceData, spec: Specify) -> None:
    against = fields_against(judged(seeds, spec(quality="very_high")))
    assert "moonshotai/Kimi-K2.5" not in against
    assert "quality" in against["Qwen/Qwen2.5-7B-Instruct"]
