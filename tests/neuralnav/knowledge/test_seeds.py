from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from neuralnav.errors import InvalidInputError
from neuralnav.knowledge.measured import read_measured_runs
from neuralnav.knowledge.seeds import MAX_PROBLEMS, read_seeds
from neuralnav.models.catalog import ReferenceData
from neuralnav.models.model_search import find_model
from neuralnav.models.provenance import UNSTATED
from neuralnav.models.vocabulary import CloudProvider, GpuType, Precision, UseCase
from neuralnav.resources import resource_dir

CHECKLIST: list[str] = json.loads(
    (Path(__file__).parents[2] / "data" / "catalogue_checklist.json").read_text(encoding="utf-8")
)["models"]
UNPRICED = {GpuType.RTX_PRO_6000, GpuType.GH200, GpuType.B300, GpuType.GB200, GpuType.MI325X}
SEEDS = read_seeds()
MODELS = {model.model_id: model for model in SEEDS.models}
Change = Callable[[dict[str, Any]], None]


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return Path(shutil.copytree(resource_dir("data"), tmp_path / "data"))


def broken(directory: Path, name: str, change: Change) -> InvalidInputError:
    path = directory / name
    document = json.loads(path.read_text(encoding="utf-8"))
    change(document)
    path.write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(InvalidInputError) as caught:
        read_seeds(directory)
    return caught.value


def set_first(**fields: Any) -> Change:
    return lambda document: document["entries"][0].update(fields)


def test_the_47_models_that_planners_know_are_there_in_published_letter_case() -> None:
    assert len(CHECKLIST) == 47
    assert set(CHECKLIST) <= MODELS.keys()


def test_fifteen_gpus_are_known_and_five_of_them_have_no_price() -> None:
    assert {gpu.gpu_type for gpu in SEEDS.gpus} == set(GpuType)
    assert set(GpuType) - {price.gpu_type for price in SEEDS.prices} == UNPRICED


def test_prices_are_dated_and_of_the_parts_that_the_figures_are_of() -> None:
    assert {price.effective for price in SEEDS.prices} == {date(2025, 9, 1)}
    other_parts = {"NC24ads_A100_v4", "NC40ads_H100_v5"}
    assert not other_parts & {price.instance_type for price in SEEDS.prices}
    assert not [price.note for price in SEEDS.prices if price.note]


def test_every_use_case_has_a_template_and_a_model_that_can_do_it() -> None:
    assert {template.use_case for template in SEEDS.use_cases} == set(UseCase)
    for template in SEEDS.use_cases:
        able = [m for m in SEEDS.models if m.approved_for_production and set(m.tasks) & set(template.tasks)]
        assert len(able) >= 10


def test_the_chatbot_template_gives_nine_requests_a_second_for_a_thousand_users() -> None:
    template = next(t for t in SEEDS.use_cases if t.use_case is UseCase.CHATBOT)
    activity = template.activity
    peak = activity.active_fraction * activity.requests_per_active_user_per_min / 60 * activity.peak_multiplier
    assert 1000 * peak == pytest.approx(9)
    assert (template.prompt_tokens, template.output_tokens) == (512, 256)
    assert (template.ttft_p95_ms, template.itl_p95_ms, template.e2e_p95_ms) == (150, 25, 7000)


def test_every_rated_model_for_production_has_a_score_on_every_benchmark_that_counts() -> None:
    scores = {(score.model, score.benchmark) for score in SEEDS.quality_scores}
    weighed = {name for template in SEEDS.use_cases for name, weight in template.quality_weights.items() if weight}
    rated = {model.quality_key for model in SEEDS.models if model.quality_key and model.approved_for_production}
    assert {(model, name) for model in rated for name in weighed} <= scores


def test_every_weight_has_its_reason() -> None:
    for template in SEEDS.use_cases:
        assert template.quality_reasons.keys() == template.quality_weights.keys()
        assert all(len(reason) > 20 for reason in template.quality_reasons.values())


def test_every_row_says_where_it_comes_from_and_when_it_held() -> None:
    rows = [row for name in ReferenceData.model_fields for row in getattr(SEEDS, name)]
    assert all(row.source and row.source_licence != UNSTATED and row.as_of != UNSTATED for row in rows)


def test_every_model_family_that_was_measured_is_in_the_catalogue() -> None:
    served = {model.architecture for model in SEEDS.models}
    measured = {run.model for run in read_measured_runs() if not run.suspect}
    shapes = {find_model(name, SEEDS).architecture.name for name in measured}
    assert shapes <= served


def test_models_that_were_only_measured_are_not_approved() -> None:
    unapproved = {model.short_name for model in SEEDS.models if not model.approved_for_production}
    assert unapproved == {
        *("llama-2-7b", "llama-2-70b", "llama-3-8b", "llama-3-70b", "mistral-7b-v0.1", "qwen2-7b", "qwen2-72b"),
        *("qwen3-0.6b", "qwen3-1.7b"),
    }


def test_models_that_can_answer_directly_are_rated_so() -> None:
    modes = {score.model: score.mode for score in SEEDS.quality_scores}
    for model in SEEDS.models:
        if model.quality_key and model.reasoning != "always":
            assert modes[model.quality_key] == "direct"
            assert "(Reasoning)" not in model.quality_key
    assert {
        modes[model.quality_key] for model in SEEDS.models if model.quality_key and model.reasoning == "always"
    } == {
        "low_effort",
        "reasoning",
    }


def test_open_licences_allow_commercial_use() -> None:
    assert all(model.licence_allows_commercial_use for model in SEEDS.models if model.licence_is_open)


def test_a_checkpoint_of_a_precision_comes_once_from_each_publisher() -> None:
    keys = [(model.short_name, model.precision, model.model_id.partition("/")[0]) for model in SEEDS.models]
    assert len(keys) == len(set(keys))


def test_templates_cover_every_use_case_at_three_scales_without_gaps() -> None:
    for use_case in UseCase:
        ranges = sorted((t.min_peak_qps, t.max_peak_qps) for t in SEEDS.templates if t.use_case is use_case)
        assert len(ranges) == 3
        assert ranges[0][0] == 0
        assert all(before[1] == after[0] for before, after in pairwise(ranges))


def test_precisions_of_one_model_share_its_family_facts() -> None:
    families: dict[str, set[tuple[Any, ...]]] = {}
    for model in SEEDS.models:
        facts = (model.architecture, model.quality_key, model.licence, model.provider, model.context_tokens)
        families.setdefault(model.short_name, set()).add(facts)
    assert {name for name, facts in families.items() if len(facts) > 1} == set()


def test_models_that_can_think_say_how_to_have_them_answer_as_they_are_rated() -> None:
    for model in SEEDS.models:
        if model.reasoning == "optional":
            assert bool(model.chat_template_kwargs) != bool(model.request_hint), model.model_id
        else:
            assert not model.chat_template_kwargs, model.model_id
    modes = {score.model: score.mode for score in SEEDS.quality_scores}
    low_effort = [model for model in SEEDS.models if modes.get(model.quality_key or "") == "low_effort"]
    assert low_effort
    assert all("low" in (model.request_hint or "") for model in low_effort)


def test_models_of_another_version_than_the_one_that_was_rated_stay_unrated() -> None:
    unrated = {model.short_name for model in SEEDS.models if model.quality_key is None}
    assert {"granite-3.0-8b", "granite-3.1-8b", "qwen2.5-7b", "mistral-7b-v0.3", "smollm3-3b"} <= unrated


def test_short_names_are_what_people_say() -> None:
    names = {model.short_name for model in SEEDS.models}
    assert {"llama-3.1-8b", "llama-3.3-70b", "qwen2.5-7b", "qwen3-8b", "granite-3.1-8b", "gpt-oss-20b"} <= names
    assert {name for name in names if name.startswith("mistral-small")} == {
        "mistral-small-24b",
        "mistral-small-3.1-24b",
        "mistral-small-3.2-24b",
    }


def test_licences_are_the_makers() -> None:
    expected = {
        "RedHatAI/DeepSeek-R1-0528-quantized.w4a16": ("MIT", True),
        "RedHatAI/Kimi-K2-Instruct-quantized.w4a16": ("Modified MIT", False),
        "Qwen/Qwen2.5-72B-Instruct": ("Qwen License", False),
        "Qwen/Qwen2.5-7B-Instruct": ("Apache-2.0", True),
        "microsoft/phi-4": ("MIT", True),
        "meta-llama/Llama-3.1-8B-Instruct": ("Llama 3.1 Community License", False),
        "deepseek-ai/DeepSeek-V3": ("DeepSeek License", False),
        "deepseek-ai/DeepSeek-V3-0324": ("MIT", True),
        "RedHatAI/Llama-3.1-Nemotron-70B-Instruct-HF-FP8-dynamic": ("Llama 3.1 Community License", False),
        "Qwen/Qwen2-72B-Instruct": ("Tongyi Qianwen License", False),
    }
    assert {name: (MODELS[name].licence, MODELS[name].licence_is_open) for name in expected} == expected


def test_quantised_models_name_their_format_and_others_none() -> None:
    for model in SEEDS.models:
        assert (model.quantization is None) == (model.precision is Precision.BF16)


def test_a_table_of_ones_own_replaces_the_prices(directory: Path) -> None:
    path = directory / "prices.json"
    document = json.loads(path.read_text(encoding="utf-8"))
    document["entries"] = [document["entries"][0] | {"hourly_usd": 0.25, "cloud_provider": "gcp"}]
    path.write_text(json.dumps(document), encoding="utf-8")
    (price,) = read_seeds(directory).prices
    assert (price.hourly_usd, price.cloud_provider) == (0.25, CloudProvider.GCP)


@pytest.mark.parametrize(
    ("name", "fields", "field", "value"),
    [
        ("hardware.json", {"memory_gb": -1}, "entry 0 (T4): memory_gb", -1),
        ("hardware.json", {"gpu_type": "V100"}, "entry 0 (V100): gpu_type", "V100"),
        ("hardware.json", {"memory_gb": "16"}, "entry 0 (T4): memory_gb", "16"),
        ("hardware.json", {"speed": 3}, "entry 0 (T4): speed", 3),
        ("prices.json", {"hourly_usd": 0}, "entry 0 (g4dn.xlarge): hourly_usd", 0),
        ("prices.json", {"gpus": 1.5}, "entry 0 (g4dn.xlarge): gpus", 1.5),
        ("prices.json", {"effective": "2025-13-01"}, "entry 0 (g4dn.xlarge): effective", "2025-13-01"),
        ("use_cases.json", {"quality_weights": {"gpqa": 0.5}}, "(Chatbot / Q&A): quality_weights", None),
        ("quality_scores.json", {"score": 101}, ": score", 101),
        ("models.json", {"model_id": "no-slash"}, "entry 0 (no-slash): model_id", "no-slash"),
        ("models.json", {"short_name": "Llama 3"}, ": short_name", "Llama 3"),
        ("models.json", {"gated": "yes"}, ": gated", "yes"),
        ("models.json", {"quality_tier": "superb"}, ": quality_tier", "superb"),
        ("quality_scores.json", {"mode": "quick"}, ": mode", "quick"),
        ("templates.json", {"max_peak_qps": 0}, "entry 0 (chatbot-conversational-small): max_peak_qps", None),
        ("templates.json", {"gpu_type": "V100"}, ": gpu_type", "V100"),
        ("use_cases.json", {"quality_reasons": {"luck": "it helps"}}, "(Chatbot / Q&A): quality_reasons", None),
        ("architectures.json", {"num_layers": 0}, ": num_layers", 0),
        ("architectures.json", {"num_key_value_heads": 7}, ": num_key_value_heads", None),
        ("architectures.json", {"sliding_attention_layers": 4}, ": sliding_window", None),
        ("architectures.json", {"mamba_layers": 4}, ": mamba_num_heads", None),
        ("architectures.json", {"extra_parameters": 4}, ": extra_parameters_note", None),
    ],
)
def test_a_value_out_of_range_is_named_with_file_entry_and_field(
    directory: Path, name: str, fields: dict[str, Any], field: str, value: Any
) -> None:
    error = broken(directory, name, set_first(**fields))
    (problem,) = error.problems
    assert problem.field.startswith(f"{name}: entry 0")
    assert problem.field.endswith(field)
    assert problem.value == value
    assert problem.allowed
    assert problem.field in error.detail


def test_a_missing_field_is_named(directory: Path) -> None:
    error = broken(directory, "prices.json", lambda document: document["entries"][2].pop("region"))
    assert [(p.field, p.value) for p in error.problems] == [("prices.json: entry 2 (g6.12xlarge): region", None)]


@pytest.mark.parametrize(
    "name",
    [
        "architectures.json",
        "models.json",
        "hardware.json",
        "prices.json",
        "use_cases.json",
        "quality_scores.json",
        "templates.json",
    ],
)
def test_an_entry_that_is_there_twice_is_refused(directory: Path, name: str) -> None:
    error = broken(directory, name, lambda document: document["entries"].append(document["entries"][0]))
    (problem,) = error.problems
    assert problem.allowed == "once; entry 0 has the same key"


@pytest.mark.parametrize(
    ("name", "fields", "field", "allowed"),
    [
        ("models.json", {"architecture": "no/one"}, "architecture", "a name of architectures.json"),
        ("models.json", {"quality_key": "Llama"}, "quality_key", "a model of quality_scores.json, or null"),
        ("models.json", {"context_tokens": 200_000}, "context_tokens", "at most the architecture's 131072"),
        (
            "use_cases.json",
            {"quality_weights": {"luck": 1.0}, "quality_reasons": {"luck": "it helps"}},
            "quality_weights",
            "a benchmark of quality_scores.json",
        ),
        (
            "use_cases.json",
            {"quality_reasons": {"gpqa": "depth"}},
            "quality_reasons",
            "a reason for the weight of mmlu_pro",
        ),
        ("templates.json", {"model": "no/one"}, "model", "a model_id of models.json"),
        ("use_cases.json", {"tasks": ["cooking"]}, "tasks", "a task that a model of models.json can do"),
    ],
)
def test_a_reference_to_nothing_is_named(
    directory: Path, name: str, fields: dict[str, Any], field: str, allowed: str
) -> None:
    (problem,) = broken(directory, name, set_first(**fields)).problems
    assert problem.field.startswith(f"{name}: ")
    assert problem.field.endswith(f": {field}")
    assert problem.allowed == allowed


@pytest.mark.parametrize(
    "taken",
    ["Qwen/Qwen3-8B", "QWEN/qwen3-8b-fp8", "meta-llama/Meta-Llama-3.1-8B"],
    ids=["shape", "model", "checkpoint"],
)
def test_a_name_that_means_two_models_is_named(directory: Path, taken: str) -> None:
    error = broken(
        directory,
        "architectures.json",
        lambda document: document["entries"][0]["checkpoints"].append({"model_id": taken}),
    )
    (problem,) = error.problems
    assert problem.field == "architectures.json: meta-llama/Llama-3.1-8B-Instruct: checkpoints"
    assert (problem.value, problem.allowed) == (taken, "an id that nothing else has")


def test_a_price_of_a_gpu_without_a_profile_is_named(directory: Path) -> None:
    error = broken(directory, "hardware.json", lambda document: document["entries"].pop(0))
    assert {(p.value, p.allowed) for p in error.problems} == {("T4", "a gpu_type of hardware.json")}


def test_a_use_case_without_a_template_is_named(directory: Path) -> None:
    (problem,) = broken(directory, "use_cases.json", lambda document: document["entries"].pop()).problems
    assert problem.allowed == "an entry for research_legal_analysis"


def test_many_problems_are_listed_up_to_a_bound(directory: Path) -> None:
    def spoil(document: dict[str, Any]) -> None:
        for entry in document["entries"]:
            entry["score"] = "x" * 10_000

    error = broken(directory, "quality_scores.json", spoil)
    assert len(error.problems) == MAX_PROBLEMS
    assert f"and {len(SEEDS.quality_scores) - MAX_PROBLEMS} more" in error.detail
    assert len(error.detail) < 20_000


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"", "Expecting value"),
        (b"{", "Expecting property name"),
        (b"[]", "prices.json"),
        (b"{}", "licence"),
        (b'{"licence": "facts", "as_of": "2025", "entries": []}', "entries"),
        (b'{"licence": "facts", "as_of": "soon", "entries": [{}]}', "as_of"),
        (b'{"licence": "facts", "as_of": "2025", "entries": [1]}', "entries.0"),
        (b'{"licence": "a", "licence": "b", "as_of": "2025", "entries": [{}]}', "'licence' is there twice"),
        (b'{"licence": "facts", "as_of": "2025", "entries": [{"hourly_usd": NaN}]}', "NaN is not a number"),
        (b"\xff\xfe", "codec can't decode"),
        (b"[" * 100_000, "prices.json"),
    ],
)
def test_a_file_that_is_not_seed_data_is_refused(directory: Path, text: bytes, said: str) -> None:
    (directory / "prices.json").write_bytes(text)
    with pytest.raises(InvalidInputError) as caught:
        read_seeds(directory)
    assert said in caught.value.detail
    assert all(problem.field.startswith("prices.json") for problem in caught.value.problems)


def test_a_missing_file_is_named(directory: Path) -> None:
    (directory / "hardware.json").unlink()
    with pytest.raises(InvalidInputError, match=r"hardware\.json cannot be read: No such file or directory"):
        read_seeds(directory)


def test_a_directory_in_place_of_a_file_is_named(directory: Path) -> None:
    (directory / "hardware.json").unlink()
    (directory / "hardware.json").mkdir()
    with pytest.raises(InvalidInputError, match=r"hardware\.json cannot be read"):
        read_seeds(directory)


def test_a_huge_file_is_refused_unread(directory: Path) -> None:
    with (directory / "prices.json").open("wb") as file:
        file.truncate(30_000_000)
    with pytest.raises(InvalidInputError, match="at most 20000000 bytes"):
        read_seeds(directory)
