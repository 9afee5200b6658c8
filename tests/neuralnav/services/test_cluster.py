"""A cluster's inventory as constraints of a plan."""

from __future__ import annotations

from typing import Any

import pytest

from neuralnav.deployment.cluster.inventory import GpuStock, Inventory
from neuralnav.errors import InvalidInputError
from neuralnav.models.vocabulary import GpuType
from neuralnav.services.cluster import constraints_of


def stock(gpu_type: GpuType | None, free: int, **fields: Any) -> GpuStock:
    figures: dict[str, Any] = {"nodes": 2, "capacity": 16, "allocatable": 16, "largest_node": 8} | fields
    return GpuStock(product="some-gpu", gpu_type=gpu_type, resource="nvidia.com/gpu", free=free, **figures)


def inventory(*gpus: GpuStock, unseen: tuple[str, ...] = ()) -> Inventory:
    return Inventory(
        cluster="kind",
        version="v1.34.0",
        namespace="neuralnav",
        openshift=False,
        gpus=gpus,
        quotas=(),
        storage_classes=(),
        installed=(),
        unseen=unseen,
    )


def test_only_known_gpus_that_are_free_are_planned_with() -> None:
    known, busy, unknown = stock(GpuType.L4, 6), stock(GpuType.H100, 0, largest_node=16), stock(None, 9)
    assert constraints_of(inventory(known, busy, unknown)) == {
        "available_gpus": ["L4"],
        "max_gpus": 6,
        "max_tensor_parallel": 8,
    }


def test_stocks_of_one_gpu_count_together() -> None:
    found = constraints_of(inventory(stock(GpuType.L4, 2), stock(GpuType.L4, 3, largest_node=4)))
    assert (found["max_gpus"], found["max_tensor_parallel"]) == (5, 8)


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (inventory(), "none"),
        (inventory(stock(None, 4)), "some-gpu (4 free)"),
        (inventory(unseen=("nodes",)), "an account that may list nodes"),
    ],
)
def test_where_nothing_known_is_free_the_reason_is_told(found: Inventory, said: str) -> None:
    with pytest.raises(InvalidInputError, match="kind") as refused:
        constraints_of(found)
    assert said in refused.value.detail
