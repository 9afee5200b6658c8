from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neuralnav.errors import InvalidInputError
from neuralnav.performance import trace
from neuralnav.performance.trace import parse_trace, read_trace

HEADER = "arrival,prompt,output"
WINDOW = 4096


def refusal(*lines: str) -> tuple[str, str, str]:
    with pytest.raises(InvalidInputError) as caught:
        parse_trace(lines, WINDOW)
    (problem,) = caught.value.problems
    assert problem.field in caught.value.detail
    return problem.field, str(problem.value), problem.allowed


def test_a_trace_is_read_as_it_came_with_times_from_the_first_request() -> None:
    requests = parse_trace([HEADER, "100.5,512,256", "100.5,20,1", "103,4000,96"], WINDOW, prefix_hit_ratio=0.5)
    assert requests.arrival_s.tolist() == [0, 0, 2.5]
    assert requests.prompt_tokens.tolist() == [512, 20, 4000]
    assert requests.output_tokens.tolist() == [256, 1, 96]
    assert requests.cached_tokens.tolist() == [256, 16, 2000]


@pytest.mark.parametrize(
    "header",
    [
        "arrived_at,num_prefill_tokens,num_decode_tokens",
        "Timestamp, Request tokens, Response tokens",
        "arrival_s,prompt_tokens,output_tokens",
        "timestamp,input_length,output_length",
    ],
)
def test_public_traces_keep_their_column_names(header: str) -> None:
    requests = parse_trace([header, "1,30,7"], WINDOW)
    assert (requests.prompt_tokens[0], requests.output_tokens[0]) == (30, 7)


def test_columns_may_come_in_any_order_among_others() -> None:
    requests = parse_trace(["model,output,arrival,prompt", "a,7,0.5,30.0", "", "b,8,0.5,31"], WINDOW)
    assert requests.prompt_tokens.tolist() == [30, 31]


@pytest.mark.parametrize(
    ("row", "field"),
    [
        ("-1,10,10", "arrival"),
        ("nan,10,10", "arrival"),
        ("inf,10,10", "arrival"),
        ("1e300,10,10", "arrival"),
        ("1700000000000,10,10", "arrival"),
        ("2023-11-16 18:15:46,10,10", "arrival"),
        ("0,0,10", "prompt"),
        ("0,1.5,10", "prompt"),
        ("0,ten,10", "prompt"),
        ("0,nan,10", "prompt"),
        ("0,4096,10", "prompt"),
        ("0,4000,97", "output"),
        ("0,10,-3", "output"),
        ("0,10,", "output"),
        ("0,10", "output"),
    ],
)
def test_a_value_that_cannot_be_is_named_with_its_line(row: str, field: str) -> None:
    where, value, allowed = refusal(HEADER, "0,10,10", row) if field != "arrival" else refusal(HEADER, row)
    assert where.endswith(f", {field}")
    assert where.startswith("line 3" if field != "arrival" else "line 2")
    assert value in (*row.split(","), "nothing")
    assert "from" in allowed


def test_times_that_fall_are_refused_with_the_time_before() -> None:
    assert refusal(HEADER, "0,10,10", "5,10,10", "4.9,10,10") == (
        "line 4, arrival",
        "4.9",
        "seconds from 5.0 to 1e+11, never falling",
    )


def test_the_longest_output_is_what_the_prompt_leaves_of_the_context_window() -> None:
    field, value, allowed = refusal(HEADER, "0,4000,97")
    assert (field, value) == ("line 2, output", "97")
    assert "1 to 96" in allowed


def test_a_missing_column_is_named_with_the_names_it_may_have() -> None:
    field, value, allowed = refusal("arrival,prompt,tokens", "0,10,10")
    assert (field, value) == ("line 1, output", "arrival,prompt,tokens".replace(",", ", "))
    assert "output_tokens" in allowed


def test_two_columns_for_the_same_thing_are_refused() -> None:
    assert refusal("arrival,prompt,prompt_tokens,output", "0,1,2,3")[0] == "line 1, prompt"


@pytest.mark.parametrize("lines", [(), ("",)])
def test_an_empty_file_has_no_columns(lines: tuple[str, ...]) -> None:
    assert refusal(*lines)[0] == "line 1, arrival"


def test_a_header_alone_is_no_load() -> None:
    assert refusal(HEADER)[2] == "at least one request below the header"


def test_more_rows_than_a_load_may_have_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trace, "MOST_REQUESTS", 3)
    assert len(parse_trace([HEADER] + ["0,10,10"] * 3, WINDOW)) == 3
    assert refusal(HEADER, *["0,10,10"] * 4)[2] == "at most 3 requests"


def test_broken_quoting_is_refused() -> None:
    assert refusal(HEADER, '0,"' + "1" * 200_000)[0] == "line 2"


def test_a_file_is_read_with_or_without_a_byte_order_mark(tmp_path: Path) -> None:
    for encoding in ("utf-8", "utf-8-sig"):
        path = tmp_path / f"{encoding}.csv"
        path.write_text(f"{HEADER}\r\n0,10,5\r\n", encoding=encoding)
        assert read_trace(path, WINDOW).output_tokens.tolist() == [5]


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InvalidInputError, match=r"missing\.csv"):
        read_trace(tmp_path / "missing.csv", WINDOW)
    binary = tmp_path / "binary.csv"
    binary.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InvalidInputError, match=r"binary\.csv"):
        read_trace(binary, WINDOW)
    monkeypatch.setattr(trace, "MOST_BYTES", 2)
    with pytest.raises(InvalidInputError, match="at most 2 bytes"):
        read_trace(binary, WINDOW)


@pytest.mark.parametrize("ratio", [1.0, -0.5])
def test_a_hit_ratio_outside_its_range_is_refused(ratio: float) -> None:
    with pytest.raises(InvalidInputError, match="prefix_hit_ratio"):
        parse_trace([HEADER, "0,10,10"], WINDOW, ratio)


@given(
    st.lists(
        st.tuples(st.floats(0, 1e6), st.integers(1, 2000), st.integers(1, 2000)),
        min_size=1,
        max_size=30,
    )
)
def test_whatever_was_written_is_read_back(rows: list[tuple[float, int, int]]) -> None:
    rows.sort()
    requests = parse_trace([HEADER, *(f"{a!r},{p},{o}" for a, p, o in rows)], WINDOW)
    assert np.allclose(requests.arrival_s, np.array([a for a, _, _ in rows]) - rows[0][0])
    assert requests.prompt_tokens.tolist() == [p for _, p, _ in rows]
    assert requests.output_tokens.tolist() == [o for _, _, o in rows]


@given(st.lists(st.text(max_size=40), max_size=6))
def test_any_text_is_read_or_refused(lines: list[str]) -> None:
    with suppress(InvalidInputError):
        requests = parse_trace([HEADER, *lines], WINDOW)
        assert not np.isnan(requests.arrival_s).any()


def test_a_device_that_never_ends_is_no_trace() -> None:
    with pytest.raises(InvalidInputError, match="no file"):
        read_trace(Path("/dev/zero"), 4096)
