import json
from pathlib import Path

import pytest

from neuralnav.errors import InvalidInputError, UnavailableError
from neuralnav.models.catalog import ReferenceData
from neuralnav.models.vocabulary import Precision, Quality, UseCase
from neuralnav.planning.figures import read_figures


def test_the_shipped_figures_cover_every_use_case_and_precision(seeds: ReferenceData) -> None:
    figures = read_figures()
    assert set(figures.reference_cost_usd_per_million_tokens.values) == set(UseCase)
    assert set(figures.accuracy_kept.values) == set(Precision)
    assert all(set(tiers) == {Quality.HIGH, Quality.VERY_HIGH} for tiers in figures.quality_tiers.values.values())
    weighed = {benchmark for template in seeds.use_cases for benchmark in template.quality_weights}
    assert weighed <= set(figures.unrated_scores.benchmarks)
    assert set(figures.reasoning_kept.benchmarks) == {score.benchmark for score in seeds.quality_scores}


def test_a_figure_out_of_range_is_named(tmp_path: Path) -> None:
    document = json.loads(read_figures().model_dump_json())
    document["accuracy_kept"]["values"]["fp8"] = 1.5
    path = tmp_path / "planning.json"
    path.write_text(json.dumps(document))
    with pytest.raises(InvalidInputError, match=r"accuracy_kept\.values\.fp8"):
        read_figures(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(UnavailableError, match=r"nowhere\.json"):
        read_figures(tmp_path / "nowhere.json")
