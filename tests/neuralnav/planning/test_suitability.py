import pytest

from neuralnav.models.catalog import CatalogModel, ReferenceData
from neuralnav.planning.planner import Planner
from neuralnav.planning.suitability import context_tokens, is_named
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
    assert {"gpt-oss-120b", "qwen3-32b"} <= very_high
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
