from neuralnav.models.labels import hardware_label, model_label
from neuralnav.models.plan import Plan
from neuralnav.models.vocabulary import View
from neuralnav.planning.explain import compare, short_label


def test_a_reason_is_built_from_the_options_own_numbers(golden: Plan) -> None:
    for view, title in ((View.LOWEST_COST, "cheapest"), (View.BALANCED, "best balanced")):
        option = golden.views[view][0]
        assert option.cost is not None
        assert title in option.reason
        assert f"of {golden.compliant:,} options" in option.reason
        assert f"${option.cost.per_month_usd:,.0f}/month" in option.reason
        assert f"TTFT {option.predicted.ttft_p95_ms.value:,.3g} ms of 150 ms" in option.reason
        assert "for a peak of 9" in option.reason


def test_a_reason_and_a_comparison_say_the_number_format_and_the_gpus_as_tables_do(golden: Plan) -> None:
    first, second = golden.views[View.LOWEST_COST][0], golden.views[View.BEST_ACCURACY][0]
    assert f"{model_label(first)} on {hardware_label(first)}" in first.reason
    assert f"{model_label(second)} on {hardware_label(second)}" in compare(first, second).sentence


def test_only_the_first_of_a_view_claims_its_title(golden: Plan) -> None:
    assert all("cheapest" not in option.reason for option in golden.views[View.LOWEST_COST][1:])


def test_a_comparison_weighs_gains_against_losses(golden: Plan) -> None:
    cheap, accurate = golden.views[View.LOWEST_COST][0], golden.views[View.BEST_ACCURACY][0]
    found = compare(cheap, accurate)
    assert "but costs $" in found.sentence
    assert "points higher in accuracy" in found.sentence
    assert {"Model", "Cost", "TTFT p95", "Accuracy score"} <= {name for name, _, _ in found.differences}
    assert all(first != second for _, first, second in found.differences)


def test_an_option_compared_with_itself_has_no_differences(golden: Plan) -> None:
    option = golden.views[View.BALANCED][0]
    assert compare(option, option).differences == ()


def test_more_than_two_options_are_compared_by_who_leads_in_what(golden: Plan) -> None:
    cheap, accurate = golden.views[View.LOWEST_COST][0], golden.views[View.BEST_ACCURACY][0]
    fast = golden.views[View.LOWEST_LATENCY][0]
    found = compare(cheap, accurate, fast)
    assert found.sentence.startswith("Of these 3, ")
    assert f"{short_label(cheap)} costs least" in found.sentence
    assert "is the most accurate" in found.sentence
    assert all(len(row) == 4 and len(set(row[1:])) > 1 for row in found.differences)
    assert compare(cheap, cheap, cheap).sentence == "All are the same configuration with the same figures."
