import pytest

from neuralnav.errors import InvalidInputError, QuestionPendingError
from neuralnav.models.catalog import UseCaseTemplate
from neuralnav.models.intent import DeploymentIntent
from neuralnav.models.specification import LengthDistribution, SpecificationOverrides, TrafficProfile
from neuralnav.models.vocabulary import Burstiness, UseCase
from neuralnav.planning.traffic import derive_traffic

NOTHING_SET = SpecificationOverrides()


@pytest.fixture(scope="module")
def chatbot(use_cases: tuple[UseCaseTemplate, ...]) -> UseCaseTemplate:
    return next(template for template in use_cases if template.use_case is UseCase.CHATBOT)


def traffic(
    template: UseCaseTemplate, overrides: SpecificationOverrides = NOTHING_SET, **intent: object
) -> TrafficProfile:
    return derive_traffic(DeploymentIntent.model_validate(intent), template, overrides)


def test_a_thousand_chatbot_users_are_nine_requests_a_second_at_peak(chatbot: UseCaseTemplate) -> None:
    found = traffic(chatbot, user_count=1000)
    assert (found.average_qps, found.peak_qps) == pytest.approx((4.5, 9.0))
    assert (found.steady_concurrency, found.peak_concurrency) == pytest.approx((100, 200))
    assert (found.prompt_tokens.mean, found.prompt_tokens.p95) == (512, 1024)
    assert (found.output_tokens.mean, found.output_tokens.p95) == (256, 512)


def test_every_number_tells_its_formula_and_inputs(chatbot: UseCaseTemplate) -> None:
    found = traffic(chatbot, user_count=1000)
    assert set(found.derivations) == {
        "average_qps",
        "peak_qps",
        "prompt_tokens",
        "output_tokens",
        "steady_concurrency",
        "peak_concurrency",
    }
    assert found.derivations["average_qps"].inputs == {
        "user_count": 1000,
        "active_fraction": 0.1,
        "requests_per_active_user_per_min": 2.7,
    }


def test_a_stated_rate_is_the_peak_whatever_the_users(chatbot: UseCaseTemplate) -> None:
    found = traffic(chatbot, user_count=1000, expected_qps=30)
    assert (found.average_qps, found.peak_qps) == (15, 30)


def test_people_active_at_once_replace_users_times_their_share(chatbot: UseCaseTemplate) -> None:
    found = traffic(chatbot, user_count=100_000, concurrent_users=200)
    assert found.average_qps == pytest.approx(200 * 2.7 / 60)
    assert found.steady_concurrency == pytest.approx(200)


def test_a_stated_share_of_active_people_replaces_the_use_cases(chatbot: UseCaseTemplate) -> None:
    assert traffic(chatbot, user_count=1000, active_fraction=0.5).peak_qps == pytest.approx(45)


def test_a_throughput_to_carry_only_ever_raises_the_peak(chatbot: UseCaseTemplate) -> None:
    assert traffic(chatbot, user_count=1000, throughput_rps=50).peak_qps == 50
    assert traffic(chatbot, user_count=1000, throughput_rps=2).peak_qps == pytest.approx(9)
    assert traffic(chatbot, throughput_rps=40).average_qps == 20


def test_rates_that_were_set_win(chatbot: UseCaseTemplate) -> None:
    set_rates = SpecificationOverrides(average_qps=3, peak_qps=12)
    found = traffic(chatbot, set_rates, user_count=1000)
    assert (found.average_qps, found.peak_qps) == (3, 12)
    assert traffic(chatbot, SpecificationOverrides(peak_qps=12)).average_qps == 6


def test_a_peak_below_the_average_is_refused(chatbot: UseCaseTemplate) -> None:
    with pytest.raises(InvalidInputError, match="peak"):
        traffic(chatbot, SpecificationOverrides(average_qps=10, peak_qps=5))


def test_without_any_load_there_is_a_question(chatbot: UseCaseTemplate) -> None:
    with pytest.raises(QuestionPendingError, match="How many"):
        traffic(chatbot)


def test_a_load_beyond_what_can_be_planned_is_an_error_with_its_limit(use_cases: tuple[UseCaseTemplate, ...]) -> None:
    completion = next(template for template in use_cases if template.use_case is UseCase.CODE_COMPLETION)
    with pytest.raises(InvalidInputError, match="peak_qps"):
        traffic(completion, user_count=100_000_000)


def test_a_mix_sets_the_lengths(chatbot: UseCaseTemplate) -> None:
    short, long = (LengthDistribution.model_validate({"mean": mean}) for mean in (100, 4000))
    mixed = SpecificationOverrides.model_validate(
        {
            "mix": [
                {"weight": 0.75, "prompt_tokens": short, "output_tokens": short},
                {"weight": 0.25, "prompt_tokens": long, "output_tokens": short},
            ]
        }
    )
    found = traffic(chatbot, mixed, user_count=10)
    assert found.prompt_tokens.mean == pytest.approx(1075)
    assert found.prompt_tokens.p95 > 4000
    assert found.output_tokens.mean == pytest.approx(100)


def test_bursts_are_kept(chatbot: UseCaseTemplate) -> None:
    assert traffic(chatbot, user_count=10).burstiness is Burstiness.STEADY
    assert traffic(chatbot, user_count=10, burstiness="bursty").burstiness is Burstiness.BURSTY
