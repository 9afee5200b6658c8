"""How the simulator is started: vLLM's flags, a few of its own, and environment variables for the latter."""

from __future__ import annotations

import argparse
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NoReturn

from neuralnav.errors import FieldProblem, InvalidInputError
from simulator.api.arguments import known_arguments
from simulator.api.faults import NO_FAULTS, Faults
from simulator.engine.clock import FASTEST, SLOWEST

ENVIRONMENT_PREFIX = "NEURALNAV_SIMULATOR_"
"""``--gpu`` is also ``NEURALNAV_SIMULATOR_GPU``, and so on for every option of our own, ``--host`` and ``--port``."""
API_KEY_VARIABLE = "VLLM_API_KEY"
FITTING_CONTEXT = -1
"""``--max-model-len auto`` (or ``-1``): the longest context for which the KV cache has room."""
_SUFFIXES = {"k": 10**3, "K": 2**10, "m": 10**6, "M": 2**20, "g": 10**9, "G": 2**30}
_PROGRAM = "neuralnav simulator"


@dataclass(frozen=True)
class EngineOptions:
    """The engine to simulate; ``None``: vLLM's default."""

    model: str
    gpu: str
    tensor_parallel: int = 1
    expert_parallel: bool = False
    precision: str | None = None
    quantization: str | None = None
    kv_cache_dtype: str = "auto"
    max_model_len: int | None = None
    max_num_seqs: int | None = None
    max_num_batched_tokens: int | None = None
    gpu_memory_utilization: float = 0.9
    prefix_caching: bool = True


@dataclass(frozen=True)
class ServerOptions:
    """How it serves."""

    served_model_names: tuple[str, ...]
    host: str = "127.0.0.1"
    port: int = 8001
    api_keys: tuple[str, ...] = field(default=(), repr=False)
    ssl_certfile: str | None = None
    ssl_keyfile: str | None = None
    access_log: bool = True
    shutdown_timeout_s: float = 0.0
    """How long requests in flight may finish once the process is asked to stop."""
    auto_tool_choice: bool = False
    """Whether ``tool_choice: auto`` is taken, which vLLM must be started for."""
    prompt_tokens_details: bool = False
    """Whether usage says how many prompt tokens were cached."""
    max_logprobs: int = 20
    time_scale: float = 1.0
    """How many simulated seconds pass in one."""
    seed: int = 0
    mean_output_tokens: int = 256
    """Mean of the lognormal length at which answers end by themselves."""
    faults: Faults = NO_FAULTS


@dataclass(frozen=True)
class SimulatorOptions:
    """Everything that was asked for, and what of it has no effect."""

    engine: EngineOptions
    server: ServerOptions
    warnings: tuple[str, ...]


def parse_options(arguments: Sequence[str], environment: Mapping[str, str]) -> SimulatorOptions:
    """Read the arguments of ``neuralnav simulator``, or those of ``vllm serve``.

    Raises:
        InvalidInputError: a value cannot be, or the model or GPU is not named.
        SystemExit: ``--help`` was asked for and printed.
    """
    parser, flags = _parser(environment)
    read = known_arguments(arguments, flags)
    given = parser.parse_intermixed_args(read.known)
    model = _named(given)
    warnings = list(read.warnings)
    _check_pace(given)
    if given.dtype not in _DTYPES:
        raise _refusal("--dtype", given.dtype, ", ".join(_DTYPES))
    return SimulatorOptions(
        engine=EngineOptions(
            model=model,
            gpu=given.gpu,
            tensor_parallel=given.tensor_parallel_size,
            expert_parallel=given.enable_expert_parallel,
            precision=given.precision,
            quantization=given.quantization,
            kv_cache_dtype=given.kv_cache_dtype,
            max_model_len=given.max_model_len,
            max_num_seqs=given.max_num_seqs,
            max_num_batched_tokens=given.max_num_batched_tokens,
            gpu_memory_utilization=given.gpu_memory_utilization,
            prefix_caching=given.enable_prefix_caching,
        ),
        server=ServerOptions(
            served_model_names=tuple(given.served_model_name or (model,)),
            host=given.host,
            port=given.port,
            api_keys=_api_keys(given.api_key, environment),
            ssl_certfile=given.ssl_certfile,
            ssl_keyfile=given.ssl_keyfile,
            access_log=not given.disable_uvicorn_access_log,
            shutdown_timeout_s=given.shutdown_timeout,
            auto_tool_choice=given.enable_auto_tool_choice and given.tool_call_parser is not None,
            prompt_tokens_details=given.enable_prompt_tokens_details,
            max_logprobs=given.max_logprobs,
            time_scale=given.time_scale,
            seed=given.seed,
            mean_output_tokens=given.mean_output_tokens,
            faults=_faults(given),
        ),
        warnings=tuple(warnings),
    )


_DTYPES = ("auto", "half", "float16", "bfloat16")


class _Parser(argparse.ArgumentParser):
    """Raises the errors of this project instead of ending the process."""

    def error(self, message: str) -> NoReturn:
        raise InvalidInputError(f"{message[:1].upper()}{message[1:]}. Try '{_PROGRAM} --help'.")


def _parser(environment: Mapping[str, str]) -> tuple[_Parser, frozenset[str]]:
    """The parser, and the flags that it knows."""
    parser = _Parser(
        prog=_PROGRAM,
        description="Serve like vLLM, in form and in time, without a GPU. Takes the arguments of 'vllm serve'.",
        epilog=f"Options marked with * can be set by {ENVIRONMENT_PREFIX}<NAME> too. Flags of vLLM that are not listed"
        " are ignored, with a warning where they would matter.",
        allow_abbrev=False,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    _add_engine_options(parser, environment)
    _add_server_options(parser, environment)
    _add_own_options(parser, environment)
    flags = frozenset(flag for action in parser._actions for flag in action.option_strings)  # noqa: SLF001
    return parser, flags


def _add_engine_options(parser: _Parser, environment: Mapping[str, str]) -> None:
    add = parser.add_argument_group("engine").add_argument
    add("model_tag", nargs="?", metavar="MODEL", help="as --model")
    add("--model", help="catalogue id, short name or Hugging Face id", default=_own(environment, "--model"))
    add("--gpu", help="such as H100 or L4 *", default=_own(environment, "--gpu"))
    parallel = ("--tensor-parallel-size", "--tensor-parallel")
    add(*parallel, metavar="N", type=_whole(1, 1024), default=1, help="GPUs that share each layer (1)")
    for flag in ("--pipeline-parallel-size", "--data-parallel-size"):
        add(flag, metavar="N", type=_whole(1, 1), default=1, help="1: one process stands in for one rank")
    add("--enable-expert-parallel", action="store_true", help="deal whole experts out to the GPUs")
    add("--precision", metavar="FORMAT", help="bf16, fp8, fp4, int8 or int4 (as published)")
    add("--quantization", metavar="METHOD", help="vLLM's name of a format")
    add("--dtype", metavar="TYPE", default="auto", help=f"{', '.join(_DTYPES)}: all are 16 bit")
    add("--kv-cache-dtype", metavar="FORMAT", default="auto", help="auto (16 bit), bfloat16, fp8, fp8_e4m3, fp8_e5m2")
    add("--max-model-len", metavar="N", type=_context, help="most tokens of a request; auto: what fits (the model's)")
    add("--max-num-seqs", metavar="N", type=_whole(1, 2**15), help="most sequences a step (vLLM's default)")
    add("--max-num-batched-tokens", metavar="N", type=_whole(64, 2**15), help="most tokens a step (vLLM's default)")
    add("--gpu-memory-utilization", metavar="SHARE", type=_number(0, 1), default=0.9, help="of GPU memory (0.9)")
    add("--enable-prefix-caching", action=argparse.BooleanOptionalAction, default=True, help="(on)")


def _add_server_options(parser: _Parser, environment: Mapping[str, str]) -> None:
    add = parser.add_argument_group("server").add_argument
    add("--served-model-name", metavar="NAME", nargs="+", help="what clients call the model (as --model)")
    add("--host", default=_own(environment, "--host") or "127.0.0.1", help="address to listen on (127.0.0.1) *")
    port = _from_text(_own(environment, "--port") or "8001", "--port", _whole(0, 65535))
    add("--port", metavar="N", type=_whole(0, 65535), default=port, help="0: any that is free (8001) *")
    add("--api-key", metavar="KEY", nargs="+", action="extend", help=f"bearer key; also {API_KEY_VARIABLE}")
    add("--ssl-certfile", metavar="FILE")
    add("--ssl-keyfile", metavar="FILE")
    add("--shutdown-timeout", metavar="SECONDS", type=_number(0, 3600, least_too=True), default=0.0)
    add("--disable-uvicorn-access-log", action="store_true")
    add("--enable-auto-tool-choice", action="store_true", help="take tool_choice auto; needs --tool-call-parser")
    add("--tool-call-parser", metavar="NAME")
    add("--enable-prompt-tokens-details", action="store_true", help="say in usage how much was cached")
    add("--max-logprobs", metavar="N", type=_whole(0, 1000), default=20, help="(20)")


def _add_own_options(parser: _Parser, environment: Mapping[str, str]) -> None:
    group = parser.add_argument_group("simulator")

    def add(flag: str, kind: Callable[[str], object], default: object, metavar: str, text: str) -> None:
        set_so = _own(environment, flag)
        value = default if set_so is None else _from_text(set_so, flag, kind)
        group.add_argument(flag, type=kind, default=value, metavar=metavar, help=f"{text} *")

    add("--time-scale", _number(SLOWEST, FASTEST, least_too=True), 1.0, "FACTOR", "simulated seconds in one second (1)")
    add("--seed", _whole(0, 2**63 - 1), 0, "N", "of texts, their lengths and faults (0)")
    add("--mean-output-tokens", _whole(1, 10**6), 256, "N", "mean length of answers that end by themselves (256)")
    add("--fault-start-delay", _number(0, 86_400, least_too=True), 0.0, "SECONDS", "before the port opens")
    add("--fault-crash-after", _whole(0, 10**9), None, "N", "end the process at the request after these")
    add("--fault-error-rate", _number(0, 1, least_too=True), 0.0, "SHARE", "of requests answered with status 500")
    add("--fault-hang-rate", _number(0, 1, least_too=True), 0.0, "SHARE", "of requests never answered")
    add("--fault-slow-tokens", _number(1, 1000, least_too=True), 1.0, "FACTOR", "by which every step takes longer")


def _own(environment: Mapping[str, str], flag: str) -> str | None:
    return environment.get(ENVIRONMENT_PREFIX + flag.removeprefix("--").replace("-", "_").upper()) or None


def _from_text(text: str, flag: str, kind: Callable[[str], object]) -> object:
    try:
        return kind(text)
    except argparse.ArgumentTypeError as error:
        name = ENVIRONMENT_PREFIX + flag.removeprefix("--").replace("-", "_").upper()
        raise _refusal(name, text, str(error)) from None


def _named(given: argparse.Namespace) -> str:
    """The model's name; the GPU must be named too."""
    model: str | None = given.model_tag or given.model
    if model is None:
        raise _refusal("--model", None, "the name of a model, also as the first argument")
    if given.gpu is None:
        raise _refusal("--gpu", None, f"the GPU to simulate, such as H100; also {ENVIRONMENT_PREFIX}GPU")
    return model


def _api_keys(given: Sequence[str] | None, environment: Mapping[str, str]) -> tuple[str, ...]:
    """Those of the flag, or the one of the environment, as vLLM does it."""
    from_environment = environment.get(API_KEY_VARIABLE)
    return tuple(key for key in (given or (from_environment,)) if key)


def _faults(given: argparse.Namespace) -> Faults:
    if given.fault_error_rate + given.fault_hang_rate > 1:
        raise _refusal("--fault-hang-rate", given.fault_hang_rate, "at most what --fault-error-rate leaves of 1")
    return Faults(
        start_delay_s=given.fault_start_delay,
        crash_after=given.fault_crash_after,
        error_rate=given.fault_error_rate,
        hang_rate=given.fault_hang_rate,
        slow_tokens=given.fault_slow_tokens,
    )


def _check_pace(given: argparse.Namespace) -> None:
    """The engine's clock runs at the time scale, by ``--fault-slow-tokens`` slower."""
    if given.time_scale / given.fault_slow_tokens < SLOWEST:
        allowed = f"at most {1 / SLOWEST:g} times --time-scale, which is {given.time_scale:g}"
        raise _refusal("--fault-slow-tokens", given.fault_slow_tokens, allowed)


def _context(text: str) -> int:
    if text in ("auto", str(FITTING_CONTEXT)):
        return FITTING_CONTEXT
    return _whole(2, 10**7)(text)


def _whole(least: int, most: int) -> Callable[[str], int]:
    """Whole numbers as vLLM reads them: ``8192``, ``8k`` (8,000), ``8K`` (8,192), ``1.5k``."""
    allowed = str(least) if least == most else f"{least:,} to {most:,}"

    def read(text: str) -> int:
        match = re.fullmatch(r"(\d{1,18})(\.\d{1,9})?([kKmMgG]?)", text)
        if match is None or (match[2] and match[3] not in ("k", "m", "g")):
            raise argparse.ArgumentTypeError(f"{text!r} (allowed: a whole number, {allowed})")
        whole, fraction, suffix = match.groups()
        value = int(float(whole + fraction) * _SUFFIXES[suffix]) if fraction else int(whole) * _SUFFIXES.get(suffix, 1)
        if not least <= value <= most:
            raise argparse.ArgumentTypeError(f"{text!r} (allowed: {allowed})")
        return value

    return read


def _number(least: float, most: float, *, least_too: bool = False) -> Callable[[str], float]:
    allowed = f"{'' if least_too else 'above '}{least:g} to {most:g}"

    def read(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not (least <= value <= most) or (value == least and not least_too):
            raise argparse.ArgumentTypeError(f"{text!r} (allowed: {allowed})")
        return value

    return read


def _refusal(name: str, value: object, allowed: str) -> InvalidInputError:
    problem = FieldProblem(name, value, allowed)
    return InvalidInputError(f"The simulator cannot start: {problem}.", (problem,))
