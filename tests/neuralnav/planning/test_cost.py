from datetime import date
from itertools import product

import numpy as np
import pytest

from neuralnav.models.catalog import InstancePrice
from neuralnav.models.vocabulary import CloudProvider, GpuType
from neuralnav.planning.cost import cost_of, price_book
from tests.neuralnav.planning.conftest import Specify


def price(
    name: str, gpus: int, usd: float, gpu: str = "L4", provider: str = "aws", region: str = "r1"
) -> InstancePrice:
    return InstancePrice(
        cloud_provider=CloudProvider(provider),
        instance_type=name,
        gpu_type=GpuType(gpu),
        gpus=gpus,
        hourly_usd=usd,
        region=region,
        effective=date(2026, 1, 1),
        source="a price page",
    )


PRICES = (
    price("one", 1, 1.0),
    price("four", 4, 3.5),
    price("eight", 8, 8.5),
    price("g-one", 1, 0.9, provider="gcp", region="r2"),
)


def hourly(replicas: int, degree: int = 1, **where: object) -> float:
    book = price_book(PRICES, (1, 2, 4, 8))
    return float(book.hourly_usd(GpuType.L4, degree, np.array([replicas]), **where)[0])  # type: ignore[arg-type]


def test_the_cheapest_mix_of_instances_is_found() -> None:
    on_aws = {"provider": CloudProvider.AWS}
    for replicas in range(1, 40):
        counts = product(range(12), range(11))
        cheapest = min(one * 1.0 + four * 3.5 for one, four in counts if one + 4 * four >= replicas)
        if replicas <= 11:
            assert hourly(replicas, **on_aws) == pytest.approx(cheapest)
    assert hourly(1) == 0.9
    assert hourly(5, **on_aws) == 4.5


def test_a_replica_stays_on_one_machine_and_machines_are_shared() -> None:
    assert hourly(1, 2, provider=CloudProvider.AWS) == 3.5
    assert hourly(2, 2, provider=CloudProvider.AWS) == 3.5
    assert hourly(3, 2, provider=CloudProvider.AWS) == 7.0
    assert hourly(1, 8) == 8.5
    assert hourly(1, 2, provider=CloudProvider.GCP) == np.inf


def test_packings_add_up_to_their_price() -> None:
    book = price_book(PRICES, (1, 2, 4, 8))
    for replicas in (1, 3, 9, 600, 5000):
        packing = book.pack(GpuType.L4, 1, replicas)
        assert packing is not None
        assert packing.hourly_usd == pytest.approx(book.hourly_usd(GpuType.L4, 1, np.array([replicas]))[0])
        assert sum(offer.gpus * count for offer, count in packing.instances) >= replicas


def test_more_replicas_never_cost_less() -> None:
    book = price_book(PRICES, (1, 2, 4, 8))
    for degree in (1, 2, 4, 8):
        costs = book.hourly_usd(GpuType.L4, degree, np.arange(1, 3000))
        assert (np.diff(costs) >= -1e-9).all()


def test_provider_and_region_narrow_the_offers() -> None:
    assert hourly(1, provider=CloudProvider.AWS) == 1.0
    assert hourly(1, region="r1") == 1.0
    assert hourly(1, provider=CloudProvider.AWS, region="r2") == np.inf
    book = price_book(PRICES, (1,))
    assert book.knows(None, "r2")
    assert not book.knows(CloudProvider.AWS, "r2")
    assert book.pack(GpuType.H100, 1, 1) is None


def test_the_digest_changes_with_any_price_and_with_nothing_else() -> None:
    book = price_book(PRICES, (1,))
    assert book.digest == price_book(PRICES[::-1], (1, 2)).digest
    assert book.digest != price_book((*PRICES[:-1], price("g-one", 1, 0.91, provider="gcp", region="r2")), (1,)).digest


def test_a_month_has_730_hours_and_tokens_count_at_the_average_load(spec: Specify) -> None:
    packing = price_book(PRICES, (1,)).pack(GpuType.L4, 1, 6, CloudProvider.AWS)
    assert packing is not None
    cost = cost_of(packing, spec().traffic)
    assert (packing.label, packing.nodes) == ("1x four + 2x one", 3)
    assert cost.per_month_usd == pytest.approx(730 * 5.5)
    assert cost.per_1k_tokens_usd == pytest.approx(5.5 / (4.5 * 768 * 3600) * 1000)
    assert "2026-01-01" in cost.reference
