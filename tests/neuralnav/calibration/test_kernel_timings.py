import gzip
from pathlib import Path

import pytest

from neuralnav.calibration.kernel_timings import MOST_ROWS, Timings, read_timings
from neuralnav.errors import InvalidInputError, UnavailableError

HEADER = "gpu,dtype,m,n,k,latency_ms"
ROWS = ("H100,fp8,1,4096,4096,0.01", "H100,bfloat16,16,4096,4096,0.02", "A100-80GB,bfloat16,1,4096,4096,0.04")


def write(folder: Path, *lines: str) -> Path:
    path = folder / "gemm.csv.gz"
    with gzip.open(path, "wt", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")
    return path


@pytest.fixture
def timings(tmp_path: Path) -> Timings:
    return read_timings(write(tmp_path, HEADER, *ROWS))


def test_columns_are_texts_or_numbers_and_times_are_seconds(timings: Timings) -> None:
    assert len(timings) == 3
    assert timings.text("gpu").tolist() == ["H100", "H100", "A100-80GB"]
    assert timings.number("m").tolist() == [1, 16, 1]
    assert timings.seconds.tolist() == pytest.approx([1e-5, 2e-5, 4e-5])


def test_rows_are_chosen_by_their_texts(timings: Timings) -> None:
    chosen = timings.among(gpu="H100", dtype="bfloat16")
    assert chosen.number("m").tolist() == [16]
    assert len(timings.among(gpu="T4")) == 0


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("H100,fp8,one,4096,4096,0.01", "line 4: m is 'one'; it must be a number"),
        ("H100,fp8,,4096,4096,0.01", "line 4: m is ''; it must be a number"),
        ("H100,fp8,1,-4096,4096,0.01", "line 4: n is -4096; it must be positive"),
        ("H100,fp8,1,4096,0,0.01", "line 4: k is 0; it must be positive"),
        ("H100,fp8,1,4096,4096,nan", "line 4: latency_ms is nan; it must be positive"),
        ("H100,fp8,1,4096,4096,inf", "line 4: latency_ms is inf; it must be positive"),
        ("H100,fp8,1,4096,4096", "line 4: 5 values for 6 columns"),
        ("H100,fp8,1,4096,4096,0.01,2", "line 4: 7 values for 6 columns"),
        ("", "line 4: 0 values for 6 columns"),
    ],
)
def test_a_bad_row_is_named_by_file_line_and_field(row: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match=rf"gemm\.csv\.gz, {words}"):
        read_timings(write(tmp_path, HEADER, *ROWS[:2], row, ROWS[2]))


def test_a_missing_column_is_named(tmp_path: Path) -> None:
    path = write(tmp_path, HEADER, *ROWS)
    assert len(read_timings(path, ("gpu", "m"))) == 3
    with pytest.raises(InvalidInputError, match=r"gemm\.csv\.gz, line 1: no column is called batch, tokens") as caught:
        read_timings(path, ("m", "tokens", "batch"))
    assert [problem.field for problem in caught.value.problems] == ["batch", "tokens"]


@pytest.mark.parametrize("lines", [("",), (HEADER,), ("gpu,m", "H100,1")])
def test_a_file_without_times_is_refused(lines: tuple[str, ...], tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match=rf"gemm\.csv\.gz: needs a header with latency_ms and 1 to {MOST_ROWS}"):
        read_timings(write(tmp_path, *lines))


def test_a_window_of_no_tokens_means_no_window(tmp_path: Path) -> None:
    path = write(tmp_path, "gpu,window_size,latency_ms", "H100,0,0.1")
    assert read_timings(path).number("window_size").tolist() == [0]


CUT_SHORT = gzip.compress(b"gpu", mtime=0)[:-6]


@pytest.mark.parametrize("content", [b"gpu,m,latency_ms\nH100,1,0.1\n", b"", CUT_SHORT, b"\x1f\x8b"])
def test_what_is_no_compressed_file_is_named(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "plain.csv.gz"
    path.write_bytes(content)
    with pytest.raises((UnavailableError, InvalidInputError), match=r"plain\.csv\.gz"):
        read_timings(path)


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    whole = bytearray(gzip.compress("\n".join([HEADER, *ROWS * 50]).encode(), mtime=0))
    whole[20:60] = bytes(40)
    path = tmp_path / "damaged.csv.gz"
    path.write_bytes(whole)
    with pytest.raises(UnavailableError, match=r"damaged\.csv\.gz"):
        read_timings(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(UnavailableError, match=r"nowhere\.csv\.gz"):
        read_timings(tmp_path / "nowhere.csv.gz")


def test_bytes_that_are_no_text_are_named(tmp_path: Path) -> None:
    path = tmp_path / "binary.csv.gz"
    path.write_bytes(gzip.compress(b"gpu,latency_ms\n\xff\xfe,1\n"))
    with pytest.raises(UnavailableError, match=r"binary\.csv\.gz"):
        read_timings(path)
