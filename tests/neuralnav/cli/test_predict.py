"""`neuralnav predict`: the contract's document, files, bad input by options and by lines, measurements, exit codes."""

from __future__ import annotations

import io
import json
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from neuralnav.cli import run as program
from neuralnav.settings import get_settings
from tests.neuralnav.cli.conftest import Neuralnav, Ran

ASKED = {"model": "llama-3.1-8b", "gpu": "h100", "prompt_tokens": 512, "output_tokens": 64, "qps": 4}
MEASURED = {
    "model": "OpenAI/gpt-oss-120b",
    "gpu": "H100",
    "tensor_parallel": 4,
    "prompt_tokens": 1024,
    "output_tokens": 1024,
    "length_kind": "uniform_0.8_1.0",
    "concurrency": 64,
}
NUMBER = {"type": "number", "minimum": 0}
FIGURES = ("mean", "p50", "p90", "p95", "p99", "low", "high", "p95_low", "p95_high")
LATENCY = {"type": "object", "required": list(FIGURES), "properties": dict.fromkeys(FIGURES, NUMBER)}
MEMORY = ("weights", "activation", "non_torch", "cuda_graph", "kv_cache", "kv_cache_tokens")
CONTRACT = {
    "type": "object",
    "properties": {
        "fits": {"const": True},
        "memory_gib": {"type": "object", "required": list(MEMORY), "properties": dict.fromkeys(MEMORY, NUMBER)},
        "ttft_ms": LATENCY,
        "itl_ms": LATENCY,
        "e2e_ms": LATENCY,
        "throughput_rps": NUMBER,
        "output_tokens_per_s": NUMBER,
        "saturated": {"type": "boolean"},
        "source": {"enum": ["measured", "simulated"]},
        "engine": {"const": "vllm"},
        "calibration": {"type": "string", "minLength": 1},
    },
}
CONTRACT["required"] = list(CONTRACT["properties"])  # type: ignore[call-overload]
PROBLEM = {
    "type": "object",
    "required": ["type", "title", "status", "detail", "errors"],
    "properties": {
        "errors": {
            "type": "array",
            "minItems": 1,
            "items": {"type": "object", "required": ["field", "value", "allowed"]},
        }
    },
}

PUBLISHED = Path(__file__).parents[2] / "data" / "published_configs.json"
LLAMA = "meta-llama/Llama-3.1-8B-Instruct"

Predict = Callable[..., Ran]


def options(**fields: Any) -> list[str]:
    """Command line options for the fields that are not ``None``."""
    given = {name: value for name, value in fields.items() if value is not None}
    return [part for name, value in given.items() for part in (f"--{name.replace('_', '-')}", str(value))]


@pytest.fixture
def predict(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Predict]:
    """The program in this process, which has the compiled simulation at hand."""
    for name in ("NEURALNAV_HOME", "DATABASE_URL", "COLUMNS"):
        monkeypatch.setenv(name, environment[name])
    get_settings.cache_clear()

    def ran(*arguments: str, given: str = "") -> Ran:
        monkeypatch.setenv("NUMBA_DISABLE_JIT", os.environ.get("NUMBA_DISABLE_JIT", "0"))
        monkeypatch.setattr(sys, "argv", ["neuralnav", "predict", *arguments])
        monkeypatch.setattr(sys, "stdin", io.StringIO(given))
        with pytest.raises(SystemExit) as ended:
            program()
        printed = capsys.readouterr()
        assert "Traceback" not in printed.err
        return Ran(int(ended.value.code or 0), printed.out, printed.err)

    yield ran
    get_settings.cache_clear()


@pytest.mark.parametrize(
    "load",
    [
        {},
        {"arrival": "bursty", "length_kind": "lognormal"},
        {"qps": None, "concurrency": 8},
        {"qps": None, "concurrency": 8, "load": "static_batch", "length_kind": "uniform_0.8_1.0"},
    ],
)
def test_every_load_gives_the_contracts_document(predict: Predict, load: dict[str, Any]) -> None:
    ran = predict("--json", *options(**ASKED | load))
    assert ran.code == 0
    jsonschema.validate(ran.json, CONTRACT)
    assert ran.json["gpu_count"] == 1
    assert ran.json["regime"] in ("light", "medium", "near_saturation")


def test_the_program_itself_predicts_and_speaks_to_people(neuralnav: Neuralnav) -> None:
    ran = neuralnav("predict", *options(**ASKED))
    assert ran.code == 0, ran.err
    for word in ("TTFT", "ITL", "E2E", "p95", "simulated", "90 % band", "KV cache", "Llama-3.1-8B"):
        assert word in ran.out


def test_saturation_is_said(predict: Predict) -> None:
    ran = predict("--json", *options(**ASKED | {"qps": 100_000}))
    assert ran.code == 0
    jsonschema.validate(ran.json, CONTRACT)
    assert ran.json["saturated"] is True
    assert "saturated" in predict(*options(**ASKED | {"qps": 100_000})).out


def test_what_does_not_fit_has_code_1_and_memory_figures(predict: Predict) -> None:
    asked = options(**ASKED | {"model": "llama-3.1-405b"})
    ran = predict("--json", *asked)
    assert ran.code == 1
    assert ran.json["fits"] is False
    assert ran.json["memory_gib"].keys() == set(MEMORY)
    assert ran.json["memory_gib"]["weights"] > 700
    assert ran.json["ttft_ms"] is None
    people = predict(*asked)
    assert people.code == 1
    assert "Does not fit" in people.out


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("model", "llama-9"),
        ("model", ""),
        ("gpu", "H1000"),
        ("gpu", "A100"),
        ("tensor_parallel", "0"),
        ("tensor_parallel", "two"),
        ("expert_parallel", "-1"),
        ("data_parallel", "1.5"),
        ("precision", "fp7"),
        ("engine_version", "!"),
        ("kv_cache_dtype", "fp4"),
        ("prompt_tokens", "nan"),
        ("output_tokens", "0"),
        ("length_kind", "normal"),
        ("qps", "-5"),
        ("qps", "inf"),
        ("arrival", "never"),
        ("concurrency", "1e99"),
        ("load", "closed"),
        ("prefix_hit_ratio", "1"),
        ("max_model_len", "999999999"),
        ("max_num_seqs", "0"),
        ("max_num_batched_tokens", "1000000"),
        ("gpu_memory_utilization", "1.1"),
        ("seed", "-1"),
    ],
)
def test_a_bad_option_is_refused_by_name_and_has_code_2(predict: Predict, field: str, value: str) -> None:
    asked = options(**ASKED | {field: value})
    ran = predict("--json", *asked)
    assert ran.code == 2
    jsonschema.validate(ran.json, PROBLEM)
    assert field in [error["field"] for error in ran.json["errors"]]
    people = predict(*asked)
    assert (people.code, people.out) == (2, "")
    assert field in people.err.lower()
    assert len(people.err.splitlines()) == 1


def test_missing_options_are_named(predict: Predict) -> None:
    ran = predict("--json")
    assert ran.code == 2
    assert {error["field"] for error in ran.json["errors"]} >= {"model", "gpu", "prompt_tokens", "output_tokens"}


BAD_LINES = [
    "nonsense",
    "[1]",
    "{}",
    '{"model": "llama-3.1-8b", "qps": NaN}',
    json.dumps(ASKED | {"colour": "red"}),
    json.dumps(ASKED | {"tensor_parallel": "2"}),
    json.dumps(ASKED | {"tensor_parallel": True}),
    json.dumps(ASKED | {"qps": 0}),
    json.dumps(ASKED | {"qps": 10**400}),
    json.dumps(ASKED | {"concurrency": 4}),
    json.dumps(ASKED | {"prompt_tokens": -1}),
    json.dumps(ASKED | {"output_tokens": 10**9}),
    json.dumps(ASKED | {"precision": None, "gpu": None}),
    json.dumps(ASKED | {"model": "x" * 10_000}),
    json.dumps(ASKED | {"gpu": "\ud800"}),
    json.dumps(ASKED | {"seed": 2**64}),
]


def test_lines_are_answered_each_on_its_own(predict: Predict, tmp_path: Path) -> None:
    fitting, not_fitting = json.dumps(ASKED), json.dumps(ASKED | {"gpu": "T4", "model": "llama-3.1-70b"})
    file = tmp_path / "asked.jsonl"
    file.write_text("\n".join([*BAD_LINES, "", not_fitting, fitting]) + "\n")
    ran = predict("--json", "--file", str(file))
    assert ran.code == 1
    *bad, unfit, fit = ran.lines
    assert len(bad) == len(BAD_LINES)
    assert all(line["status"] in (404, 422) and line["detail"] for line in bad)
    assert unfit["fits"] is False
    jsonschema.validate(fit, CONTRACT)


def test_a_file_of_good_lines_has_code_0_and_takes_what_options_say(predict: Predict) -> None:
    lines = [{"gpu": gpu} for gpu in ("H100", "l40s")] + [{"gpu": "h200", "qps": 2}]
    asked = options(**ASKED | {"gpu": None})
    ran = predict("--json", "--file", "-", *asked, given="\n".join(map(json.dumps, lines)))
    assert ran.code == 0, ran.out
    assert [line["gpu"] for line in ran.lines] == ["H100", "L40S", "H200"]


def test_one_line_that_does_not_fit_has_code_1(predict: Predict) -> None:
    given = json.dumps(ASKED | {"model": "llama-3.1-405b"})
    assert predict("--file", "-", given=given).code == 1


def test_a_file_that_cannot_be_read_has_code_2(predict: Predict) -> None:
    assert predict("--json", "--file", "/nowhere/at/all").code == 2


def test_measured_runs_answer_first_unless_left_out(predict: Predict) -> None:
    measured, simulated = (
        predict("--json", *options(**MEASURED)),
        predict("--json", "--no-measured", *options(**MEASURED)),
    )
    assert measured.json["source"] == "measured"
    assert measured.json["measured"]["source"].startswith("aiconfigurator")
    assert measured.json["measured"]["licence"] == "Apache-2.0"
    assert measured.json["sources"]["ttft_ms"]["mean"] == "measured"
    assert measured.json["sources"]["ttft_ms"]["p95"] == "simulated"
    assert simulated.json["source"] == "simulated"
    assert simulated.json["measured"] is None
    for document in (measured.json, simulated.json):
        jsonschema.validate(document, CONTRACT)
        assert document["ttft_ms"]["low"] <= document["ttft_ms"]["mean"] <= document["ttft_ms"]["high"]
    assert "Measured: 1 run" in predict(*options(**MEASURED)).out


@pytest.mark.database
def test_added_models_and_runs_that_were_imported_for_them_count_unless_left_out(
    neuralnav: Neuralnav, tmp_path: Path
) -> None:
    config, runs = tmp_path / "config.json", tmp_path / "runs.csv"
    config.write_text(json.dumps(json.loads(PUBLISHED.read_text(encoding="utf-8"))["configs"][LLAMA]))
    runs.write_text(
        "model,gpu,tensor_parallel,precision,load,length_kind,prompt_tokens,output_tokens,concurrency,ttft_mean_ms,"
        "source,license\nour-company/Support-8B,H100,1,bf16,closed_loop,fixed,512,64,8,77,our lab,internal\n"
    )
    asked = ("predict", *options(**ASKED | {"model": "support-8b", "qps": None, "concurrency": 8}), "--json")
    assert neuralnav(*asked).code == 2
    added = neuralnav("models", "add", "--config", str(config), "--id", "our-company/Support-8B", "--licence", "MIT")
    assert added.code == 0, added.err
    assert neuralnav(*asked).json["source"] == "simulated"
    imported = neuralnav("benchmarks", "import", str(runs))
    assert imported.code == 0, imported.err
    answer = neuralnav(*asked).json
    assert (answer["model"], answer["source"], answer["ttft_ms"]["mean"]) == ("our-company/Support-8B", "measured", 77)
    assert neuralnav(*asked, "--no-measured").code == 2


@pytest.mark.parametrize("name", ["META-LLAMA/LLAMA-3.1-8B-INSTRUCT", "meta-llama/llama-3.1-8b", "Llama-3.1-8B"])
def test_names_may_be_in_any_letter_case(predict: Predict, name: str) -> None:
    ran = predict("--json", *options(**ASKED | {"model": name, "gpu": "nVidia h100 SXM"}))
    assert ran.code == 0
    assert ran.json["gpu"] == "H100"
    assert ran.json["model"].casefold() in (name.casefold(), "meta-llama/llama-3.1-8b-instruct")


def test_the_same_seed_gives_the_same_bytes(predict: Predict) -> None:
    first, again, other = (
        predict("--json", *options(**ASKED | {"length_kind": "lognormal", "seed": seed})).out for seed in (7, 7, 8)
    )
    assert first == again
    assert first != other


def test_a_small_simulation_is_interpreted_with_the_same_result(neuralnav: Neuralnav) -> None:
    asked = ("predict", "--json", *options(**ASKED | {"length_kind": "lognormal"}))
    interpreted, compiled = neuralnav(*asked), neuralnav(*asked, NUMBA_DISABLE_JIT="0")
    assert interpreted.code == 0
    assert interpreted.out == compiled.out


def test_help_names_every_input_of_the_contract(predict: Predict) -> None:
    shown = predict("--help").out
    inputs = (
        "model", "gpu", "tensor-parallel", "expert-parallel", "data-parallel", "precision", "engine-version",
        "prompt-tokens", "output-tokens", "length-kind", "qps", "arrival", "concurrency", "load", "prefix-hit-ratio",
        "max-model-len", "max-num-seqs", "max-num-batched-tokens", "gpu-memory-utilization", "seed", "file",
        "no-measured",
    )  # fmt: skip
    assert all(f"--{name}" in shown for name in inputs)
