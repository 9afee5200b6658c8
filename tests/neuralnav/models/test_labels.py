import pytest

from neuralnav.knowledge.seeds import read_seeds
from neuralnav.models.labels import field_label, field_value, hardware_label, model_label
from neuralnav.models.plan import EngineArguments, Estimate, Predicted, Recommendation, Scores, Utilisation
from neuralnav.models.vocabulary import GpuType, Precision, Source


def option(
    name: str = "Qwen3 4B", precision: str = "fp8", gpu: str = "L4", degree: int = 1, replicas: int = 1
) -> Recommendation:
    estimate = Estimate(value=1, low=1, high=1, source=Source.SIMULATED, reference="-")
    return Recommendation(
        id="1",
        model="maker/model",
        display_name=name,
        gpu_type=GpuType(gpu),
        tensor_parallel=degree,
        replicas=replicas,
        gpus=degree * replicas,
        precision=Precision(precision),
        engine=EngineArguments(max_model_len=1, max_num_seqs=1, max_num_batched_tokens=1, gpu_memory_utilization=0.9),
        cost=None,
        predicted=Predicted(ttft_p95_ms=estimate, itl_p95_ms=estimate, e2e_p95_ms=estimate, max_qps=estimate),
        utilisation=Utilisation(gpu_memory=0, compute=0),
        slo_met=True,
        scores=Scores(accuracy=0, price=0, latency=0, complexity=0, balanced=0, accuracy_rated=True),
        source=Source.SIMULATED,
        reason="-",
    )


@pytest.mark.parametrize(
    ("name", "precision", "expected"),
    [
        ("Qwen3 4B", "fp8", "Qwen3 4B (FP8)"),
        ("Qwen3 4B", "bf16", "Qwen3 4B (BF16)"),
        ("Qwen3 8B (FP8)", "fp8", "Qwen3 8B (FP8)"),
        ("gpt-oss 20B (MXFP4)", "fp4", "gpt-oss 20B (MXFP4)"),
        ("Llama-3-8B-AWQ", "int4", "Llama-3-8B-AWQ"),
        ("Tuned Model (legal)", "fp8", "Tuned Model (legal) (FP8)"),
        ("Qwen3 8B (FP8)", "int4", "Qwen3 8B (FP8) (INT4)"),
    ],
)
def test_a_model_is_named_with_its_number_format_once(name: str, precision: str, expected: str) -> None:
    assert model_label(option(name, precision)) == expected


def test_every_format_in_the_catalogue_is_recognised() -> None:
    for model in read_seeds().models:
        if model.display_name.endswith(")"):
            assert model_label(option(model.display_name, model.precision)) == model.display_name


@pytest.mark.parametrize(
    ("gpu", "degree", "replicas", "expected"),
    [
        ("H100", 1, 1, "1x NVIDIA H100"),
        ("L4", 4, 2, "2 x (4x NVIDIA L4)"),
        ("MI300X", 8, 1, "8x AMD MI300X"),
        ("L4", 1, 3, "3 x (1x NVIDIA L4)"),
    ],
)
def test_hardware_is_named_by_replica(gpu: str, degree: int, replicas: int, expected: str) -> None:
    assert hardware_label(option(gpu=gpu, degree=degree, replicas=replicas)) == expected


def test_fields_are_named_as_people_call_them() -> None:
    assert field_label("ttft_p95_ms") == "TTFT p95"
    assert field_label("user_count") == "users"
    assert field_label("cloud_provider") == "cloud provider"


def test_a_nested_field_is_named_with_its_section() -> None:
    assert field_label("pinned.gpu_type") == "pinned: gpu type"


def test_a_value_is_written_with_its_unit() -> None:
    assert field_value("user_count", 1000) == "1,000"
    assert field_value("max_monthly_cost_usd", 1.0) == "$1.00"
    assert field_value("ttft_p95_ms", 1500) == "1.5 s"
    assert field_value("reliability_pct", 99.9) == "99.9 %"
    assert field_value("available_gpus", ["H100", "L4"]) == "H100 and L4"
    assert field_value("streaming", False) == "no"
    assert field_value("weights", {"price": 0.5}) == "price 0.5"
    assert field_value("region", None) == "not set"
