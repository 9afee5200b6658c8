from dataclasses import fields

import pytest

from neuralnav.models.catalog import ModelArchitecture
from neuralnav.models.vocabulary import Precision
from neuralnav.performance.architecture import parameter_counts, weight_bytes
from neuralnav.performance.engine import HAND_PICKED, model_work


def test_no_efficiency_is_above_one() -> None:
    shares = [
        getattr(HAND_PICKED, field.name)
        for field in fields(HAND_PICKED)
        if not field.name.endswith("_s") and field.name not in ("expert_passes", "pcie_link")
    ]
    assert all(0 < share <= 1 for share in (*shares, *(share for _, share in HAND_PICKED.pcie_link)))


def test_flops_of_a_token_are_twice_the_parameters_it_meets(architectures: dict[str, ModelArchitecture]) -> None:
    for architecture in architectures.values():
        work = model_work(architecture, Precision.BF16, 1)
        counts = parameter_counts(architecture)
        flops = work.small_flops + work.large_flops + work.expert_flops + 2 * work.head_parameters
        assert flops == pytest.approx(2 * (counts.active_per_token - counts.norms), rel=0.01), architecture.name


@pytest.mark.parametrize("precision", list(Precision))
@pytest.mark.parametrize("degree", [1, 2, 8])
def test_the_parts_of_the_weights_add_up_to_all_of_them(
    precision: Precision, degree: int, architectures: dict[str, ModelArchitecture]
) -> None:
    for architecture in architectures.values():
        work = model_work(architecture, precision, degree)
        counts = parameter_counts(architecture)
        apart = 2 * (counts.embedding + counts.lm_head + counts.extra) / degree
        parts = work.dense_bytes + work.experts * work.expert_bytes + apart
        assert work.dense_bytes > 0, architecture.name
        assert parts == pytest.approx(weight_bytes(architecture, precision, degree)), architecture.name


def test_the_latent_cache_of_mla_is_whole_on_every_gpu(architectures: dict[str, ModelArchitecture]) -> None:
    architecture = architectures["deepseek-ai/DeepSeek-V3"]
    works = [model_work(architecture, Precision.FP8, degree) for degree in (1, 8)]
    assert works[0].kv_layer_bytes == works[1].kv_layer_bytes == 2 * (512 + 64)


def test_mxfp4_leaves_the_attention_of_gpt_oss_in_16_bit(architectures: dict[str, ModelArchitecture]) -> None:
    work = model_work(architectures["openai/gpt-oss-20b"], Precision.FP4, 1)
    assert work.small_flops == 0
    assert work.large_flops > 0
