"""Ask AIConfigurator for estimates. Its own Python runs this, with a load as JSON; it answers with JSON.

``cli_estimate`` is its documented function for one estimate. It reads the model and the tables again each time, so its
faster path counts as well: the session behind that function, kept for all estimates.
"""

# mypy: disable-error-code="import-not-found"

from __future__ import annotations

import json
import logging
import sys
import time
import warnings
from collections.abc import Callable
from importlib.metadata import version
from typing import Any

TIMED_S = 3.0
BATCHES = 128
"""Timed estimates differ: batches of 1 to 128, then the same with prompts longer by a token."""


def main() -> None:
    """Print the estimate for the load of the first argument, and how fast such estimates come."""
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    load = json.loads(sys.argv[1])
    estimate = _estimate_of(load)
    first = estimate(load["prompt_tokens"], load["concurrency"])
    loaded_s = time.process_time()
    answer = {
        "version": version("aiconfigurator"),
        "tables": first.backend_version,
        "ttft_ms": first.ttft,
        "tpot_ms": first.tpot,
        "loaded_s": loaded_s,
        "single_per_s": _per_s(estimate, load),
        "kept_per_s": _per_s(_kept(load, first.backend_version), load),
    }
    print(json.dumps(answer))


def _estimate_of(load: dict[str, Any]) -> Callable[[int, int], Any]:
    from aiconfigurator.cli.api import cli_estimate
    from aiconfigurator.sdk.perf_database import get_latest_database_version

    tables = get_latest_database_version(system=load["system"], backend="vllm")

    def estimate(prompt_tokens: int, batch: int) -> Any:
        return cli_estimate(
            load["model"],
            load["system"],
            backend_name="vllm",
            backend_version=tables,
            isl=prompt_tokens,
            osl=load["output_tokens"],
            batch_size=batch,
            tp_size=load["tensor_parallel"],
            gemm_quant_mode=load["weights"],
            kvcache_quant_mode="bfloat16",
            fmha_quant_mode="bfloat16",
        )

    return estimate


def _kept(load: dict[str, Any], tables: str) -> Callable[[int, int], Any]:
    from aiconfigurator.sdk.backends.factory import get_backend
    from aiconfigurator.sdk.common import FMHAQuantMode, GEMMQuantMode, KVCacheQuantMode
    from aiconfigurator.sdk.config import ModelConfig, RuntimeConfig
    from aiconfigurator.sdk.inference_session import InferenceSession
    from aiconfigurator.sdk.models import get_model
    from aiconfigurator.sdk.perf_database import get_database

    config = ModelConfig(
        tp_size=load["tensor_parallel"],
        gemm_quant_mode=GEMMQuantMode[load["weights"]],
        kvcache_quant_mode=KVCacheQuantMode.bfloat16,
        fmha_quant_mode=FMHAQuantMode.bfloat16,
    )
    model, database = get_model(load["model"], config, "vllm"), get_database(load["system"], "vllm", tables)
    session = InferenceSession(model, database, get_backend("vllm"))

    def estimate(prompt_tokens: int, batch: int) -> Any:
        runtime = RuntimeConfig(isl=prompt_tokens, osl=load["output_tokens"], batch_size=batch)
        return session.run_agg(runtime, ctx_tokens=prompt_tokens).get_result_dict()

    return estimate


def _per_s(estimate: Callable[[int, int], Any], load: dict[str, Any]) -> float:
    """Estimates that a second of CPU gives."""
    estimate(load["prompt_tokens"], load["concurrency"])
    count, begun = 0, time.process_time()
    while time.process_time() - begun < TIMED_S:
        estimate(load["prompt_tokens"] + count // BATCHES, 1 + count % BATCHES)
        count += 1
    return count / (time.process_time() - begun)


if __name__ == "__main__":
    main()
