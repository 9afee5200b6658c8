import numpy as np
import pytest

from neuralnav.models.catalog import QualityScore, ReferenceData, UseCaseTemplate
from neuralnav.models.vocabulary import GpuType, Quality, UseCase
from neuralnav.performance.architecture import parameter_counts
from neuralnav.planning.candidates import ServedModel, served_models
from neuralnav.planning.figures import read_figures
from neuralnav.planning.planner import Planner
from neuralnav.planning.scoring import REASONING_NOTE, QualityBook, complexity_scores, price_scores
from tests.neuralnav.planning.conftest import Specify

FIGURES = read_figures()


@pytest.fixture(scope="module")
def chatbot(use_cases: tuple[UseCaseTemplate, ...]) -> UseCaseTemplate:
    return next(template for template in use_cases if template.use_case is UseCase.CHATBOT)


def served(seeds: ReferenceData, model_id: str, *, online: bool = False) -> ServedModel:
    return next(o for o in served_models(seeds) if o.model.model_id == model_id and o.online == online)


def scores(model: str, **benchmarks: float) -> list[QualityScore]:
    return [QualityScore(model=model, benchmark=b, score=s, source="test") for b, s in benchmarks.items()]


LLAMA = "meta-llama/Llama-3.1-8B-Instruct"
LLAMA_IN_FP8 = "RedHatAI/Meta-Llama-3.1-8B-Instruct-FP8-dynamic"
KEY = "Llama 3.1 Instruct 8B"


def test_accuracy_is_the_use_cases_mix_of_benchmarks(seeds: ReferenceData, chatbot: UseCaseTemplate) -> None:
    found = QualityBook(scores(KEY, mmlu_pro=50, gpqa=30), FIGURES).accuracy(served(seeds, LLAMA), chatbot)
    assert (found.score, found.rated) == (pytest.approx(0.7 * 50 + 0.3 * 30), True)


def test_a_missing_benchmark_counts_as_what_its_size_lets_expect(
    seeds: ReferenceData, chatbot: UseCaseTemplate
) -> None:
    model = served(seeds, LLAMA)
    found = QualityBook(scores(KEY, mmlu_pro=50), FIGURES).accuracy(model, chatbot)
    counts = parameter_counts(model.architecture)
    expected = FIGURES.unrated_scores.estimate("gpqa", (counts.total * counts.active_per_token) ** 0.5 / 1e9)
    assert (found.score, found.rated) == (pytest.approx(0.7 * 50 + 0.3 * expected), True)


def test_a_model_of_which_only_the_best_benchmark_is_known_is_not_flattered(
    seeds: ReferenceData, chatbot: UseCaseTemplate
) -> None:
    model = served(seeds, LLAMA)
    best, all_of_them = (
        QualityBook(scores(KEY, **known), FIGURES).accuracy(model, chatbot).score
        for known in ({"mmlu_pro": 80.0}, {"mmlu_pro": 80.0, "gpqa": 70.0})
    )
    assert best < all_of_them < 80


def test_scores_of_long_reasoning_count_for_less_and_say_so(seeds: ReferenceData, chatbot: UseCaseTemplate) -> None:
    kept = FIGURES.reasoning_kept.benchmarks
    reasoned = [score.model_copy(update={"mode": "reasoning"}) for score in scores(KEY, mmlu_pro=80, gpqa=70)]
    found = QualityBook(reasoned, FIGURES).accuracy(served(seeds, LLAMA), chatbot)
    assert found.score == pytest.approx(0.7 * 80 * kept["mmlu_pro"] + 0.3 * 70 * kept["gpqa"])
    assert (found.rated, found.note) == (True, REASONING_NOTE)
    low = [score.model_copy(update={"mode": "low_effort"}) for score in scores(KEY, mmlu_pro=80, gpqa=70)]
    assert QualityBook(low, FIGURES).accuracy(served(seeds, LLAMA), chatbot).note is None


def test_another_use_cases_weights_are_not_mixed_up(seeds: ReferenceData, chatbot: UseCaseTemplate) -> None:
    book, model = QualityBook(scores(KEY, mmlu_pro=50, gpqa=30), FIGURES), served(seeds, LLAMA)
    first = book.accuracy(model, chatbot)
    other = chatbot.model_copy(update={"quality_weights": {"gpqa": 1.0}})
    assert book.accuracy(model, other).score == pytest.approx(30)
    assert book.accuracy(model, chatbot) == first


def test_the_tier_in_the_catalogue_is_what_the_scores_reach_as_a_chatbot(
    seeds: ReferenceData, chatbot: UseCaseTemplate
) -> None:
    book = QualityBook(seeds.quality_scores, FIGURES)
    for one in served_models(seeds):
        if one.model.quality_key and not one.online:
            reached = book.tier(book.accuracy(one, chatbot), UseCase.CHATBOT)
            assert (one.model.model_id, one.model.quality_tier) == (one.model.model_id, reached)
    unrated = {m.short_name for m in seeds.models if m.quality_key is None and m.quality_tier is not Quality.STANDARD}
    assert unrated == {"kimi-k2.5", "minimax-m2.5"}


def test_with_less_than_half_of_the_weight_a_model_is_unrated(seeds: ReferenceData, chatbot: UseCaseTemplate) -> None:
    found = QualityBook(scores(KEY, gpqa=99), FIGURES).accuracy(served(seeds, LLAMA), chatbot)
    assert not found.rated
    assert 35 < found.score < 47


def test_another_models_scores_are_never_taken(seeds: ReferenceData, chatbot: UseCaseTemplate) -> None:
    found = QualityBook(scores("Llama 3.1 Instruct 8B v2", mmlu_pro=99, gpqa=99), FIGURES)
    assert not found.accuracy(served(seeds, LLAMA), chatbot).rated


def test_quantised_weights_keep_a_little_less(seeds: ReferenceData, chatbot: UseCaseTemplate) -> None:
    book = QualityBook(scores(KEY, mmlu_pro=50, gpqa=30), FIGURES)
    whole, in_fp8 = (book.accuracy(served(seeds, one), chatbot).score for one in (LLAMA, LLAMA_IN_FP8))
    assert 0.98 * whole < in_fp8 < whole


def test_unrated_models_do_not_outrank_rated_ones_of_their_size(seeds: ReferenceData, chatbot: UseCaseTemplate) -> None:
    book = QualityBook(seeds.quality_scores, FIGURES)
    unrated = book.accuracy(served(seeds, "ibm-granite/granite-3.1-8b-instruct"), chatbot)
    rated = book.accuracy(served(seeds, "Qwen/Qwen3-8B"), chatbot)
    assert rated.note is None
    assert not unrated.rated
    assert unrated.score < rated.score


def test_tiers_rise(seeds: ReferenceData) -> None:
    book = QualityBook(seeds.quality_scores, FIGURES)
    for use_case in UseCase:
        assert 0 == book.least(None, use_case) == book.least(Quality.STANDARD, use_case)
        assert 0 < book.least(Quality.HIGH, use_case) < book.least(Quality.VERY_HIGH, use_case)


def test_the_price_score_is_absolute(seeds: ReferenceData) -> None:
    found = price_scores(np.array([0.3, 0.6, 0.15, 1e-6, 1e6, np.inf]), 0.3)
    assert found.tolist() == pytest.approx([50, 35, 65, 100, 0, 0])


def test_one_gpu_is_simplest() -> None:
    found = complexity_scores(
        np.array([1.0, 2.0, 2.0, 64.0]), np.array([1.0, 1.0, 1.0, 8.0]), np.array([1.0, 1.0, 2.0, 8.0])
    )
    assert found[0] == 100
    assert (np.diff(found) < 0).all()


def test_a_silly_candidate_more_changes_nobodys_scores(seeds: ReferenceData, spec: Specify) -> None:
    dearest = max(seeds.prices, key=lambda price: price.hourly_usd)
    silly = dearest.model_copy(
        update={"instance_type": "gold", "hourly_usd": 9e5, "gpu_type": GpuType.GH200, "gpus": 1}
    )
    before = Planner(seeds).plan(spec())
    after = Planner(seeds.model_copy(update={"prices": (*seeds.prices, silly)})).plan(spec())
    old, new = ({o.id: o.scores for v in plan.views.values() for o in v if o.cost} for plan in (before, after))
    shared = set(old) & set(new)
    assert len(shared) > 20
    assert all(old[identity] == new[identity] for identity in shared)
