"""The runs: each on a new simulator, whose prefix cache is empty."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bench.load_generators.aiperf import AiPerf
from bench.load_generators.comparisons import Comparison, Difference, NotMeasured
from bench.load_generators.configurations import CONFIGURATIONS, LOADS, Configuration
from bench.load_generators.definitions import check_definitions
from bench.load_generators.environments import LoadGeneratorError
from bench.load_generators.guidellm import GuideLlm
from bench.load_generators.replay import replay
from bench.load_generators.reports import Latencies, Load, LoadGenerator, Report
from bench.load_generators.simulators import running_simulator

WHAT = "simulator under load generators"
RUNS: tuple[tuple[LoadGenerator, Sequence[Configuration], Sequence[float]], ...] = (
    (GuideLlm(), CONFIGURATIONS, tuple(LOADS)),
    (AiPerf(), CONFIGURATIONS[-1:], (0.6,)),
)
"""Who measures which configurations at which loads."""


def measure_load_generators() -> Iterator[Difference | NotMeasured]:
    """Every figure of every run; one line that says why where a generator cannot be had."""
    try:
        for comparison in compare():
            yield from comparison.differences()
    except LoadGeneratorError as error:
        yield NotMeasured(WHAT, str(error))


def compare() -> Iterator[Comparison]:
    """All runs, about twenty minutes.

    Raises:
        LoadGeneratorError: a generator cannot be installed or fails.
    """
    for generator, _, _ in RUNS:
        generator.install()
    for generator, configurations, shares in RUNS:
        http_ms = measure_http_ms(generator)
        for configuration in configurations:
            capacity_qps = configuration.capacity_qps()
            for share in shares:
                yield _compare_at(generator, configuration, share, share * capacity_qps, LOADS[share], http_ms)


def measure_http_ms(generator: LoadGenerator) -> float:
    """What HTTP adds to TTFT where nothing else is under way: the mean over an idle simulator's requests."""
    configuration = CONFIGURATIONS[0]
    measured, report = _measured(generator, configuration, configuration.idle_load())
    return measured.ttft.mean - replay(configuration.engine, report.requests, generator).ttft.mean


def _compare_at(
    generator: LoadGenerator, configuration: Configuration, share: float, qps: float, requests: int, http_ms: float
) -> Comparison:
    measured, report = _measured(generator, configuration, configuration.load(qps, requests))
    return Comparison(
        generator=generator.name,
        configuration=configuration.title,
        load=share,
        qps=qps,
        requests=len(report.requests),
        measured=measured,
        replayed=replay(configuration.engine, report.requests, generator),
        http_ms=http_ms,
    )


def _measured(generator: LoadGenerator, configuration: Configuration, load: Load) -> tuple[Latencies, Report]:
    with running_simulator(configuration.arguments) as url:
        report = generator.run(url, load)
    if report.failed or len(report.requests) != load.requests or report.latencies is None:
        raise LoadGeneratorError(
            f"{generator.name}: {len(report.requests)} of {load.requests} requests answered, {report.failed} failed"
        )
    check_definitions(generator, report)
    return report.latencies, report
