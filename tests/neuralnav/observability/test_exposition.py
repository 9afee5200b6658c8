"""What a replica exposes, old or new, is read; what is no exposition of vLLM's is refused by name."""

from __future__ import annotations

from datetime import timedelta

import pytest

from neuralnav.errors import InvalidInputError
from neuralnav.observability import exposition
from neuralnav.observability.exposition import EngineSnapshot, read_exposition
from neuralnav.observability.queries import LATENCY_BOUNDS_S, Histogram
from neuralnav.observability.totals import Counted
from tests.neuralnav.observability.conftest import NOON
from tests.simulator.api.conftest import MODEL, Simulator

OLD = """\
# HELP vllm:num_requests_running Number of requests currently running on GPU.
# TYPE vllm:num_requests_running gauge
vllm:num_requests_running{model_name="m"} 2.0
vllm:gpu_cache_usage_perc{model_name="m"} 0.25
vllm:num_preemptions_total{model_name="m"} 3.0
vllm:gpu_prefix_cache_queries_total{model_name="m"} 100.0
vllm:gpu_prefix_cache_hits_total{model_name="m"} 25.0
vllm:request_success_total{finished_reason="stop",model_name="m"} 5.0
vllm:request_success_total{finished_reason="abort",model_name="m"} 1.0
# TYPE vllm:time_per_output_token_seconds histogram
vllm:time_per_output_token_seconds_sum{model_name="m"} 0.3
vllm:time_per_output_token_seconds_bucket{le="0.01",model_name="m"} 4.0
vllm:time_per_output_token_seconds_bucket{le="0.025",model_name="m"} 9.0
vllm:time_per_output_token_seconds_bucket{le="+Inf",model_name="m"} 10.0
vllm:time_per_output_token_seconds_count{model_name="m"} 10.0
process_start_time_seconds 1.7e+09
"""


def read(text: str) -> EngineSnapshot:
    return read_exposition(text, NOON)


def test_a_replica_is_read_whole(replica: Simulator) -> None:
    body = {"prompt": "Once upon a time", "max_tokens": 5, "ignore_eos": True}
    assert replica.post("/v1/completions", body).status_code == 200
    found = read(replica.get("/metrics").text)
    assert found.models == (MODEL,)
    assert set(found.totals.histograms) == set(Histogram)
    for name, bounds in LATENCY_BOUNDS_S.items():
        assert found.totals.histograms[name].bounds == bounds
    assert set(found.totals.counters) == set(Counted)
    assert found.totals.ended["length"] == found.totals.answered >= 1
    assert found.totals.histograms[Histogram.TTFT].count == found.totals.answered
    assert (found.running, found.waiting, found.kv_usage) == (0, 0, 0)
    assert found.cache_config["block_size"] == "16"
    assert found.started_at is not None


def test_names_of_older_releases_are_known() -> None:
    found = read(OLD)
    assert found.totals.histograms[Histogram.ITL].count == 10
    assert found.totals.counters == {
        Counted.PREEMPTIONS: 3,
        Counted.PREFIX_QUERIES: 100,
        Counted.PREFIX_HITS: 25,
    }
    assert (found.kv_usage, found.running, found.waiting) == (0.25, 2, None)
    assert (found.totals.answered, found.totals.aborted, found.totals.failed) == (5, 1, 0)


def test_a_new_name_goes_before_an_old_one_that_is_still_there() -> None:
    new = OLD.replace("time_per_output_token_seconds", "inter_token_latency_seconds").replace(" 10.0", " 12.0")
    assert read(OLD + new).totals.histograms[Histogram.ITL].count == 12


def test_engines_of_one_replica_are_added_and_their_cache_is_averaged() -> None:
    lines = OLD.replace('model_name="m"', 'model_name="m",engine="0"').splitlines()
    second = [line.replace('engine="0"', 'engine="1"').replace(" 0.25", " 0.75") for line in lines if "engine" in line]
    found = read("\n".join([*lines, *second]))
    assert found.engines == 2
    assert found.totals.answered == 10
    assert found.totals.histograms[Histogram.ITL].counts == (8, 18, 20)
    assert found.kv_usage == 0.5


def test_what_is_missing_or_no_number_is_not_known() -> None:
    found = read(OLD.replace('num_requests_running{model_name="m"} 2.0', 'num_requests_running{model_name="m"} NaN'))
    assert found.running is None
    assert Histogram.TTFT not in found.totals.histograms


def test_lines_of_others_do_no_harm() -> None:
    assert read('garbage {{{ \n\x00\nother_metric{x="} NaN\n' + OLD) == read(OLD)


def test_a_line_cut_short_in_the_last_bucket_leaves_the_histogram_out() -> None:
    cut = "\n".join(line for line in OLD.splitlines() if "+Inf" not in line)
    assert Histogram.ITL not in read(cut).totals.histograms


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "begin with 'vllm:'"),
        ("<html>sign in</html>", "begin with 'vllm:'"),
        ('{"status": "ok"}', "begin with 'vllm:'"),
        ("process_start_time_seconds 5", "begin with 'vllm:'"),
        ('vllm:num_preemptions_total{model_name="m"} many', "a line of Prometheus's text format"),
        ('vllm:num_preemptions_total{model_name="m} 3', "a line of Prometheus's text format"),
        ("vllm:num_preemptions_total{", "a line of Prometheus's text format"),
        ('vllm:num_preemptions_total{model_name="m"} NaN', "a finite number, 0 or more"),
        ('vllm:num_preemptions_total{model_name="m"} -1', "a finite number, 0 or more"),
        ('vllm:e2e_request_latency_seconds_bucket{le="wide"} 1', "an upper bound in the label 'le'"),
        ("x" * (exposition.MOST_CHARACTERS + 1), "at most 8,000,000 characters"),
        ("vllm:num_requests_running 1\n" * (exposition.MOST_SERIES + 1), "at most 50,000 series"),
    ],
)
def test_what_cannot_be_read_is_refused_by_name(text: str, words: str) -> None:
    with pytest.raises(InvalidInputError, match=words):
        read(text)


def test_a_restart_shows_by_the_start_time_or_by_a_counter_that_fell() -> None:
    before = read(OLD)
    later = read(OLD.replace("1.7e+09", "1.70001e+09"))
    assert later.restarted_after(before)
    assert not before.restarted_after(before)
    fallen = read(OLD.replace('reason="stop",model_name="m"} 5.0', 'reason="stop",model_name="m"} 1.0'))
    assert fallen.restarted_after(before)
    assert not before.model_copy(update={"at": NOON + timedelta(minutes=1)}).restarted_after(fallen)
