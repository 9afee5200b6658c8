import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from neuralnav.errors import UnavailableError
from neuralnav.models.vocabulary import GpuType
from neuralnav.performance.efficiencies import (
    Efficiencies,
    ExpertKernel,
    Operands,
    era_of,
    read_efficiencies,
    shipped_efficiencies,
)
from neuralnav.resources import resource_dir

SHARES = {"arithmetic", "read", "quantise", "activation", "link", "spread", "dispatch_link", "ungrouped_read"}


@pytest.fixture
def broken(tmp_path: Path) -> Callable[[Callable[[dict[str, Any]], object]], Path]:
    """The shipped file with one thing changed."""

    def change(breaking: Callable[[dict[str, Any]], object]) -> Path:
        document = json.loads((resource_dir("data") / "efficiencies.json").read_text(encoding="utf-8"))
        breaking(document)
        path = tmp_path / "efficiencies.json"
        path.write_text(json.dumps(document), encoding="utf-8")
        return path

    return change


def shares_in(document: object, name: str = "") -> Iterator[tuple[str, float]]:
    if isinstance(document, dict):
        for key, value in document.items():
            yield from shares_in(value, key)
    elif isinstance(document, list):
        for value in document:
            yield from shares_in(value, name)
    elif name in SHARES and isinstance(document, float):
        yield name, document


def test_every_gpu_has_efficiencies_of_its_own_or_a_stand_in() -> None:
    shipped = shipped_efficiencies()
    for gpu_type in GpuType:
        own = shipped.gpu(gpu_type)
        assert Operands.BITS_16 in own.products
        assert ExpertKernel.BITS_16 in own.experts


def test_no_gpu_reaches_more_than_its_datasheet_says() -> None:
    shares = list(shares_in(shipped_efficiencies().model_dump(mode="json")))
    assert {name for name, _ in shares} == SHARES
    assert all(0 < share <= 1 for _, share in shares)


def test_only_gpus_with_fp8_units_have_fp8_efficiencies() -> None:
    shipped = shipped_efficiencies()
    a100, h100 = shipped.gpu(GpuType.A100_80GB), shipped.gpu(GpuType.H100)
    assert Operands.FP8 not in a100.products
    assert a100.decode_fp8_cache is None
    assert Operands.FP8 in h100.products
    assert h100.decode_fp8_cache is not None


def test_timings_of_each_gpu_are_met_well() -> None:
    for gpu_type, own in shipped_efficiencies().gpus.items():
        assert own.points > 1000, gpu_type
        assert own.median_error < 0.15, gpu_type


def test_more_gpus_never_exchange_sooner() -> None:
    for own in shipped_efficiencies().gpus.values():
        latencies = [entry.latency_s for entry in own.all_reduce]
        assert latencies == sorted(latencies)


def test_generations_with_costs_of_their_own_get_them_and_others_those_of_their_era() -> None:
    shipped = shipped_efficiencies()
    assert shipped.costs("Hopper").era == "current"
    assert shipped.costs("Hopper", "2024").era == "2024"
    assert shipped.costs("CDNA3", "2024").generations == ("CDNA3",)
    assert shipped.costs("CDNA3", "0.19.0") == shipped.costs("Hopper")
    assert shipped.costs("a generation to come") == shipped.costs("Hopper")


@pytest.mark.parametrize("version", ["2024", "0.6.3", "v0.6.3.post1", "0.5", " 0.2.7 "])
def test_engines_up_to_06_are_of_2024(version: str) -> None:
    assert era_of(version) == "2024"


@pytest.mark.parametrize(
    "version", [None, "0.7.0", "0.10.2", "0.19.0", "v0.11.0rc2", "nightly-5b8c30d62b754b57", "1.0", "2025", "0"]
)
def test_all_other_engines_are_current(version: str | None) -> None:
    assert era_of(version) == "current"


@pytest.mark.parametrize(
    ("breaking", "words"),
    [
        (lambda d: d["stand_ins"].pop("T4"), r"stand_ins: must name one for T4"),
        (lambda d: d["stand_ins"].update(T4="L4"), r"stand_ins: L4 must be among gpus"),
        (lambda d: d["gpus"]["H100"]["decode"].update(read=1.2), r"gpus\.H100\.decode\.read\s.*less than.* 1 .*1\.2"),
        (lambda d: d["gpus"]["H100"]["decode"].update(read=0), r"gpus\.H100\.decode\.read\s.*greater than 0"),
        (lambda d: d["gpus"]["H100"]["prefill"].update(sped=1), r"gpus\.H100\.prefill\.sped\s.*not permitted"),
        (lambda d: d["gpus"].update(H1000=d["gpus"]["H100"]), r"H1000"),
        (lambda d: d["gpus"]["H100"]["products"].pop("16 bit"), r"'16 bit' must be given"),
        (lambda d: d["gpus"]["H100"].update(all_reduce=[]), r"all_reduce: must hold at least one"),
        (lambda d: d["gpus"]["H100"]["all_reduce"].reverse(), r"all_reduce: .* rising order"),
        (lambda d: d["serving"].pop(0), r"serving: must hold costs of the era 'current'"),
        (lambda d: d["serving"][0].pop("step_s"), r"serving\.0\.step_s\s.*required"),
    ],
)
def test_a_broken_file_is_named_with_the_field_and_what_is_allowed(
    breaking: Callable[[dict[str, Any]], object],
    words: str,
    broken: Callable[[Callable[[dict[str, Any]], object]], Path],
) -> None:
    with pytest.raises(UnavailableError, match=rf"(?s)efficiencies\.json.*{words}"):
        read_efficiencies(broken(breaking))


@pytest.mark.parametrize("text", ["", "[]", "{}", "nothing"])
def test_a_file_that_holds_something_else_is_named(text: str, tmp_path: Path) -> None:
    path = tmp_path / "elsewhere.json"
    path.write_text(text)
    with pytest.raises(UnavailableError, match=r"elsewhere\.json"):
        read_efficiencies(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(UnavailableError, match=r"nowhere\.json"):
        read_efficiencies(tmp_path / "nowhere.json")


def test_efficiencies_survive_json() -> None:
    shipped = shipped_efficiencies()
    assert Efficiencies.model_validate_json(shipped.model_dump_json()) == shipped
