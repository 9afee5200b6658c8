"""GPUs that nothing is known of: refused with close names, and never read into what is none."""

import pytest

from neuralnav.models.vocabulary import GpuType
from neuralnav.understanding import read_reply, read_request


@pytest.mark.parametrize(
    ("said", "refused", "count"),
    [
        ("on H1000 GPUs", "H1000", None),
        ("on GTX 1080 GPUs", "GTX 1080", None),
        ("on a GeForce RTX 3060 Ti", "GeForce RTX 3060 Ti", None),
        ("on a 1080 Ti", "1080 Ti", None),
        ("on 8xH1000", "H1000", 8),
        ("on four H1000s", "H1000s", 4),
        ("with 8 B400", "B400", 8),
        ("with at most 16 H1000 GPUs", "H1000", 16),
        ("on nvidia 5090", "nvidia 5090", None),
        ("on a 4090", "4090", None),
        ("on 2x 4090 GPUs", "4090", 2),
        ("on two 3090s", "3090s", 2),
        ("on MI455X", "MI455X", None),
        ("on AMD MI999 cards", "MI999", None),
        ("on a Radeon 7900 XTX", "Radeon 7900 XTX", None),
        ("on L5 GPUs", "L5", None),
        ("on P40 GPUs", "P40", None),
        ("on H100NVL GPUs", "H100NVL", None),
        ("on Hopper GPUs", "Hopper", None),
        ("on V100 GPUs", "V100", None),
    ],
)
def test_a_gpu_that_is_not_known_is_refused_and_its_name_is_no_number(
    said: str, refused: str, count: int | None
) -> None:
    reading = read_request(f"chatbot for 1000 users {said}")
    assert [(value.field, value.value) for value in reading.rejected] == [("available_gpus", refused)]
    intent = reading.intent
    assert (intent.user_count, intent.available_gpus, intent.max_gpus) == (1000, None, count)


@pytest.mark.parametrize(
    ("gpu", "close"),
    [("H1000", "H100"), ("B400", "B200, B300"), ("H100NVL", "H100"), ("MI350X", "MI300X, MI325X"), ("A1000", "A100")],
)
def test_names_close_to_it_are_offered(gpu: str, close: str) -> None:
    (refused,) = read_request(f"chatbot for 1000 users on {gpu} GPUs").rejected
    assert refused.reason.startswith("is not among the known GPUs; close to it: ")
    assert all(name in refused.reason for name in close.split(", "))


def test_without_a_close_name_all_known_ones_are_said() -> None:
    (refused,) = read_request("chatbot for 1000 users on GTX 1080 GPUs").rejected
    assert all(gpu in refused.reason for gpu in GpuType)


def test_known_gpus_beside_an_unknown_one_are_kept() -> None:
    reading = read_request("chatbot for 1000 users on H100 or H1000 GPUs")
    assert reading.intent.available_gpus == (GpuType.H100,)
    assert [value.value for value in reading.rejected] == ["H1000"]


def test_a_reply_that_asks_for_one_is_refused() -> None:
    (refused,) = read_reply("use H1000 GPUs", checkpoint="present_options").rejected
    assert (refused.field, refused.value) == ("available_gpus", "H1000")


@pytest.mark.parametrize(
    "said",
    [
        ", no GTX 1080 please",
        "on x4 gpus",
        "on p4d GPU instances",
        "on g5 GPU nodes",
        "on our k8s GPU cluster",
        "within the Q3 GPU budget",
        "with fp8 on tp2 GPUs",
        "who ask about p95 GPU latency",
        "on H500 printers",
        "about A320 and B747 aircraft",
        "who sell B2B, stream H264 and hold an H1B visa",
        "with a 4090 token prompt",
        "who own a Titan watch and live in building B400a",
        "with web3 and gpt4 in mind",
        "in the turing building",
        "who read about vitamin B12 and covid19",
        "on the A1000 road",
    ],
)
def test_what_only_looks_like_a_gpu_is_left_alone(said: str) -> None:
    reading = read_request(f"chatbot for 1000 users {said}")
    assert reading.rejected == ()
    assert (reading.intent.user_count, reading.intent.available_gpus, reading.intent.max_gpus) == (1000, None, None)
