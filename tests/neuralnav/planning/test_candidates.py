from collections import Counter

import pytest

from neuralnav.models.catalog import ReferenceData
from neuralnav.models.vocabulary import Precision
from neuralnav.performance.efficiencies import shipped_efficiencies
from neuralnav.planning.candidates import Candidate, CandidateTable, candidate_table, served_models
from neuralnav.planning.planner import Planner
from tests.neuralnav.planning.conftest import Specify


@pytest.fixture(scope="module")
def table(seeds: ReferenceData) -> CandidateTable:
    return candidate_table(seeds, shipped_efficiencies())


def found(table: CandidateTable, model: str, gpu: str) -> list[Candidate]:
    return [c for c in table.candidates if c.served.model.model_id == model and c.gpu.gpu_type == gpu]


def test_the_product_is_whole_and_its_rows_are_told_apart(table: CandidateTable, seeds: ReferenceData) -> None:
    degrees = sum(sum(degree <= gpu.gpus_per_node for degree in (1, 2, 4, 8)) for gpu in seeds.gpus)
    assert len(table.candidates) == len(served_models(seeds)) * degrees > 3000
    assert max(Counter(table.names.tolist()).values()) == 1


def test_sixteen_bit_models_are_also_offered_as_fp8_made_by_vllm(seeds: ReferenceData) -> None:
    mine = [one for one in served_models(seeds) if one.model.model_id == "microsoft/phi-4"]
    assert [(one.precision, one.quantization, one.online) for one in mine] == [
        (Precision.BF16, None, False),
        (Precision.FP8, "fp8", True),
    ]


def test_fp8_made_at_load_time_is_kept_to_gpus_with_fp8_units(table: CandidateTable) -> None:
    for candidate in table.candidates:
        if candidate.served.online and candidate.impossible is None:
            assert candidate.gpu.fp8_tflops is not None


def test_a_published_fp8_checkpoint_runs_weight_only_on_an_a100(table: CandidateTable) -> None:
    (one, *_) = found(table, "RedHatAI/phi-4-FP8-dynamic", "A100-80GB")
    assert one.impossible is None
    assert any("16-bit arithmetic" in note for note in one.notes)


def test_every_impossible_candidate_says_why(table: CandidateTable) -> None:
    assert not any(c.impossible == "" for c in table.candidates)
    assert [c.impossible is None for c in table.candidates] == table.possible.tolist()


def test_heads_that_do_not_divide_are_not_split(table: CandidateTable) -> None:
    splits = {c.tensor_parallel: c.impossible for c in found(table, "Qwen/Qwen2.5-7B-Instruct", "H100")}
    assert splits[4] is None
    assert "heads" in (splits[8] or "")


def test_the_largest_models_never_fit_on_one_gpu(table: CandidateTable) -> None:
    left = table.kv_cache_bytes(0.9)
    for row, candidate in enumerate(table.candidates):
        if candidate.served.model.short_name == "kimi-k2" and candidate.tensor_parallel == 1:
            assert left[row] == 0


def test_gpt_oss_120b_runs_on_one_h100_with_smaller_limits(table: CandidateTable) -> None:
    one = found(table, "openai/gpt-oss-120b", "H100")[0]
    assert one.tensor_parallel == 1
    assert (one.limits.max_num_seqs, one.limits.max_num_batched_tokens) == (256, 2048)
    assert any("max-num-seqs 256" in note for note in one.notes)


def test_the_shortlist_counts_every_model_once(planner: Planner, spec: Specify) -> None:
    chat = planner.shortlist(spec())
    assert len(set(chat.models)) == len(chat.models) > 25
    assert "qwen3-0.6b" not in chat.models
    assert "qwen3-coder-480b" not in chat.models
    total = {one.short_name for one in planner.reference.models}
    assert len(chat.models) + sum(chat.ruled_out.values()) == len(total)
    assert planner.shortlist(spec(preferred_models=("gpt-oss",))).models == ("gpt-oss-120b", "gpt-oss-20b")
