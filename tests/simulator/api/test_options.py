"""The command line: vLLM's flags, those of our own, and what is refused before anything is served."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable
from typing import Any

import pytest

from neuralnav.deployment.arguments import KNOWN_FLAGS, engine_arguments, engine_flags
from neuralnav.errors import InvalidInputError
from neuralnav.knowledge.seeds import read_seeds
from neuralnav.models.vocabulary import Precision
from simulator.api.options import FITTING_CONTEXT, SimulatorOptions, parse_options
from simulator.engine.clock import Clock
from tests.neuralnav.deployment.conftest import make_choice, make_gpu, make_model  # noqa: F401 - fixtures
from tests.simulator.api.conftest import MODEL, PROGRAM, Simulator, Start, environment
from tests.simulator.engine.timers import SimulatedTimers

Make = Callable[..., Any]
L4 = ("--gpu", "L4")


def parsed(*arguments: str, **variables: str) -> SimulatorOptions:
    return parse_options(arguments, variables)


def test_the_model_is_an_argument_or_a_flag_after_serve_or_not() -> None:
    for arguments in (("serve", "m"), ("m",), ("--model", "m"), ("serve", "--model=m"), ("--foo", "x", "m")):
        assert parsed(*arguments, *L4).engine.model == "m"


def test_every_flag_of_a_manifest_is_known(make_model: Make, make_gpu: Make, make_choice: Make) -> None:  # noqa: F811
    model = make_model(trust_remote_code=True, chat_template_kwargs={"enable_thinking": False})
    gpu = make_gpu(bf16=False)
    engine = {"max_num_seqs": 17, "max_num_batched_tokens": 999, "kv_cache_dtype": "fp8_e5m2", "quantization": "fp8"}
    choice = make_choice(model, gpu, tensor_parallel=4, precision=Precision.FP8, engine=engine)
    flags = engine_flags(choice, model, gpu, drain_seconds=30)
    assert {flag.name for flag in flags} | {"--no-enable-prefix-caching"} == KNOWN_FLAGS
    options = parsed("serve", *engine_arguments(model, flags), *L4)
    assert options.warnings == ()
    assert options.server.port == 8000
    assert options.server.served_model_names == (model.model_id,)
    assert options.server.shutdown_timeout_s == 30
    found = options.engine
    assert (found.tensor_parallel, found.max_num_seqs, found.max_num_batched_tokens) == (4, 17, 999)
    assert (found.quantization, found.kv_cache_dtype, found.prefix_caching) == ("fp8_per_tensor", "fp8_e5m2", True)
    assert not parsed("m", *L4, "--no-enable-prefix-caching").engine.prefix_caching


def test_flags_may_be_written_in_all_of_vllms_ways() -> None:
    options = parsed("m", *L4, "--tensor_parallel_size=2", "-q", "fp8", "--max-model-len", "8k", "--max-num-seqs=1K")
    assert (options.engine.tensor_parallel, options.engine.quantization) == (2, "fp8")
    assert (options.engine.max_model_len, options.engine.max_num_seqs) == (8000, 1024)
    assert parsed("m", *L4, "--max-model-len", "25.6k").engine.max_model_len == 25_600
    for text in ("auto", "-1"):
        assert parsed("m", *L4, "--max-model-len", text).engine.max_model_len == FITTING_CONTEXT


def test_unknown_flags_are_ignored_with_a_warning_that_offers_a_close_name() -> None:
    options = parsed(
        "m", *L4, "--enforce-eager", "--made-up", "5", "-O3", "--port", "9000", "--max-num-seq=3", "--a.b=1"
    )
    assert options.server.port == 9000
    assert len(options.warnings) == 5
    assert "--max-num-seqs?" in options.warnings[3]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "--model"),
        (("m",), "--gpu"),
        (("m", *L4, "--port", "x"), "--port: 'x'"),
        (("m", *L4, "--port=70000"), "0 to 65,535"),
        (("m", *L4, "--time-scale=0.0005"), "--time-scale: '0.0005' (allowed: 0.001 to 1000)"),
        (
            ("m", *L4, "--time-scale=0.5", "--fault-slow-tokens=1000"),
            "--fault-slow-tokens: 1000.0 (allowed: at most 1000 times --time-scale, which is 0.5)",
        ),
        (("m", *L4, "--time-scale=nan"), "'nan'"),
        (("m", *L4, "--pipeline-parallel-size=2"), "'2'"),
        (("m", *L4, "--data-parallel-size=2"), "'2'"),
        (("m", *L4, "--dtype=float32"), "--dtype: 'float32'"),
        (("m", *L4, "--max-model-len=1.5K"), "'1.5K'"),
        (("m", *L4, "--fault-error-rate=0.7", "--fault-hang-rate=0.7"), "--fault-hang-rate"),
        (("m", *L4, "--port"), "expected one argument"),
        (("m", "n", *L4), "Unrecognized arguments: n"),
    ],
)
def test_what_cannot_be_is_refused_by_name(arguments: tuple[str, ...], words: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        parsed(*arguments)
    assert words in refused.value.detail


def test_the_slowest_pace_that_is_taken_is_the_clocks() -> None:
    server = parsed("m", *L4, "--time-scale=0.007", "--fault-slow-tokens=7").server
    assert Clock(SimulatedTimers(), server.time_scale / server.faults.slow_tokens)


def test_options_of_our_own_may_come_from_the_environment_and_flags_win() -> None:
    variables = {
        "NEURALNAV_SIMULATOR_GPU": "H100",
        "NEURALNAV_SIMULATOR_HOST": "0.0.0.0",
        "NEURALNAV_SIMULATOR_PORT": "8002",
        "NEURALNAV_SIMULATOR_TIME_SCALE": "3",
        "NEURALNAV_SIMULATOR_FAULT_ERROR_RATE": "0.5",
        "VLLM_API_KEY": "secret",
    }
    options = parsed("m", "--time-scale=4", **variables)
    assert (options.engine.gpu, options.server.host, options.server.port) == ("H100", "0.0.0.0", 8002)
    assert (options.server.time_scale, options.server.faults.error_rate) == (4, 0.5)
    assert options.server.api_keys == ("secret",)
    assert "secret" not in repr(options)
    with pytest.raises(InvalidInputError, match="NEURALNAV_SIMULATOR_PORT: 'x'"):
        parsed("m", NEURALNAV_SIMULATOR_GPU="H100", NEURALNAV_SIMULATOR_PORT="x")


def test_it_listens_on_loopback_at_8001_unless_told_otherwise() -> None:
    options = parsed("m", *L4)
    assert (options.server.host, options.server.port) == ("127.0.0.1", 8001)


def ran(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*PROGRAM, *arguments], env=environment(**variables), capture_output=True, text=True, timeout=30, check=False
    )


def test_help_lists_every_option() -> None:
    done = ran("--help")
    assert done.returncode == 0
    assert all(flag in done.stdout for flag in ("--gpu", "--time-scale", "--fault-hang-rate", "--api-key"))


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("--model", "llama-3.1-70b", "--gpu", "H100"), 1, "needs 136.4 GiB a GPU before any KV cache"),
        (("--model", "llama-3.1-8b", "--gpu", "L4"), 1, "--max-model-len auto"),
        (("/mnt/models", "--served-model-name", MODEL, "--gpu=L4"), 1, f"{MODEL} (bf16) on 1x L4 does not fit"),
        (("--model", "llama-3.1-8b", "--gpu", "H1000"), 2, "Did you mean: H100"),
        (("--model", "llama-3.1-8b", "--gpu", "L4", "--quantization", "awq"), 2, "--quantization: 'awq'"),
        (("--model", "llama-3.1-8b", "--gpu", "L4", "--max-model-len", "1M"), 2, "131,072"),
    ],
)
def test_what_cannot_run_ends_with_the_reason(arguments: tuple[str, ...], code: int, words: str) -> None:
    done = ran(*arguments)
    assert (done.returncode, done.stdout) == (code, "")
    assert words in done.stderr


def test_a_port_that_is_taken_is_said_so(simulator: Simulator) -> None:
    port = simulator.url.rpartition(":")[2]
    done = ran(MODEL, "--gpu=L4", "--max-model-len=4096", f"--port={port}")
    assert done.returncode == 2
    assert f"Cannot listen on 127.0.0.1:{port}: Address already in use" in done.stderr


def test_the_longest_context_that_fits_can_be_asked_for(start: Start) -> None:
    with start("--max-model-len=auto", "--quantization=fp8", "--enforce-eager") as simulator:
        context = simulator.get("/v1/models").json()["data"][0]["max_model_len"]
        assert 50_000 < context < 131_072
        assert "Warning: --enforce-eager is ignored" in simulator.log.read_text()


def test_requests_in_flight_finish_within_the_shutdown_timeout_and_the_process_ends_well(start: Start) -> None:
    import threading

    with start("--shutdown-timeout=20", "--time-scale=20") as simulator:
        answers: list[int] = []
        body = {"prompt": "Hello", "max_tokens": 300, "ignore_eos": True}
        asking = threading.Thread(target=lambda: answers.append(simulator.post("/v1/completions", body).status_code))
        asking.start()
        assert simulator.settles(lambda: simulator.metric("vllm:num_requests_running") == 1)
        os.kill(simulator.process.pid, signal.SIGTERM)
        asking.join(20)
        assert answers == [200]
        assert simulator.process.wait(5) == 0


def test_every_model_of_the_catalogue_has_a_tokenizer_large_enough_for_the_shipped_one() -> None:
    from simulator.tokens.tokenizer import load_tokenizer

    smallest = min(architecture.vocab_size for architecture in read_seeds().architectures)
    assert smallest >= load_tokenizer().vocabulary_size
