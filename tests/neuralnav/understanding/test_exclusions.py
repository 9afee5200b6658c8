import json
from pathlib import Path

import pytest

from neuralnav.knowledge.seeds import read_seeds
from neuralnav.planning.suitability import is_named
from neuralnav.understanding import read_request
from neuralnav.understanding.words.makers import MAKERS, ORIGINS
from neuralnav.understanding.words.models import FAMILIES

CATALOGUE = json.loads((Path(__file__).parents[3] / "data" / "models.json").read_text(encoding="utf-8"))["entries"]
SHORT_NAMES = tuple(sorted({model["short_name"] for model in CATALOGUE}))
CHINESE = ("alibaba cloud", "deepseek", "minimax", "moonshot ai")
AMERICAN = ("google", "hugging face", "ibm", "meta", "microsoft", "nvidia", "openai")


def excluded_models(wish: str, known_models: tuple[str, ...] = SHORT_NAMES) -> tuple[str, ...] | None:
    return read_request(f"chat for 40 users, {wish}", known_models=known_models).intent.excluded_models


def test_every_maker_of_the_catalogue_and_of_a_family_is_placed() -> None:
    placed = {maker.name for maker in MAKERS if maker.country is not None}
    assert {model["provider"].lower() for model in CATALOGUE} <= placed
    assert {family.maker for family in FAMILIES} <= {maker.name for maker in MAKERS}


def test_every_model_of_the_catalogue_belongs_to_a_family_of_its_maker() -> None:
    maker_of = {family.name: family.maker for family in FAMILIES}
    for model in CATALOGUE:
        families = [name for name in maker_of if model["short_name"].startswith(name)]
        assert families, model["short_name"]
        if "nemotron" not in model["short_name"]:
            assert maker_of[max(families, key=len)] == model["provider"].lower()


@pytest.mark.parametrize(
    ("wish", "excluded"),
    [
        ("no Chinese models", CHINESE),
        ("nothing from China please", CHINESE),
        ("Chinese models are not allowed", CHINESE),
        ("anything but Chinese models", CHINESE),
        ("no models made in China", CHINESE),
        ("American models only", tuple(sorted((*CHINESE, "mistral ai")))),
        ("only US models", tuple(sorted((*CHINESE, "mistral ai")))),
        ("only European models", tuple(sorted(CHINESE + AMERICAN))),
        ("the model must come from Europe", tuple(sorted(CHINESE + AMERICAN))),
        ("non-US models", AMERICAN),
        ("no American or Chinese models", tuple(sorted(CHINESE + AMERICAN))),
        ("nothing from Meta", ("meta",)),
        ("nothing made by OpenAI or Google", ("google", "openai")),
        ("don't use anything from Alibaba", ("alibaba cloud",)),
        ("don't use Llama, prefer Granite", ("llama",)),
        ("no Qwen, no DeepSeek", ("deepseek", "qwen")),
        ("DeepSeek must not be used", ("deepseek",)),
    ],
)
def test_makers_are_excluded_by_name_and_by_country(wish: str, excluded: tuple[str, ...]) -> None:
    assert excluded_models(wish) == excluded


@pytest.mark.parametrize(
    "wish",
    [
        "they speak Chinese, no English",
        "translate no Chinese texts",
        "we are not in the EU",
        "it must not cost us much",
        "our American office has 3 floors",
        "no customers from France",
        "run it on Google Cloud, not Azure",
    ],
)
def test_places_that_no_model_comes_from_exclude_none(wish: str) -> None:
    assert excluded_models(wish) is None


def test_models_of_unknown_makers_are_only_left_out_where_others_alone_are_allowed() -> None:
    known = (*SHORT_NAMES, "our-own-3b")
    assert "our-own-3b" not in (excluded_models("no Chinese models", known) or ())
    assert "our-own-3b" in (excluded_models("only European models", known) or ())


def test_what_is_excluded_by_country_covers_the_whole_catalogue() -> None:
    names = excluded_models("no Chinese models") or ()
    chinese = {maker.name for maker in MAKERS if maker.country in ORIGINS["chinese|china|prc|beijing"]}
    for model in read_seeds().models:
        assert any(is_named(model, name) for name in names) == (model.provider.lower() in chinese)


@pytest.mark.parametrize(
    ("wish", "excluded", "available"),
    [
        ("not on T4", ("T4",), None),
        ("no H100s", ("H100",), None),
        ("anything but A10G", ("A10G",), None),
        ("avoid A100", ("A100-40GB", "A100-80GB"), None),
        ("any GPU except the L4 or the T4", ("L4", "T4"), None),
        ("we must not use MI300X", ("MI300X",), None),
        ("H100 is out of the question", ("H100",), None),
        ("no T4, only L4", ("T4",), ("L4",)),
        ("we have A100s but not the 40 GB A100", None, ("A100-80GB",)),
        ("we have no H100s", None, None),
        ("faster than on a T4", None, None),
        ("no more than 3 L4s", None, ("L4",)),
    ],
)
def test_gpus_are_ruled_out_where_that_was_said(
    wish: str, excluded: tuple[str, ...] | None, available: tuple[str, ...] | None
) -> None:
    intent = read_request(f"chat for 40 users, {wish}").intent
    assert (intent.excluded_gpus, intent.available_gpus) == (excluded, available)


def test_a_gpu_that_is_available_and_ruled_out_is_refused_with_the_reason() -> None:
    reading = read_request("chat for 40 users, we have H100 and L4 cards, avoid the H100")
    assert reading.intent.available_gpus == ("H100", "L4")
    assert reading.intent.excluded_gpus is None
    assert [(value.field, value.reason) for value in reading.rejected] == [
        ("excluded_gpus", "is said to be available and not to be used: say which")
    ]


@pytest.mark.parametrize(
    "wish",
    ["only open licences", "open-weight licence only", "only models under Apache 2.0", "open source models only"],
)
def test_open_licences_are_understood(wish: str) -> None:
    assert read_request(f"chat for 40 users, {wish}").intent.licence == "open"
