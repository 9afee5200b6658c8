"""What configurations cost: the cheapest packing of their replicas into instances that can be rented."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from neuralnav.models.catalog import InstancePrice
from neuralnav.models.plan import Cost
from neuralnav.models.specification import TrafficProfile
from neuralnav.models.vocabulary import CloudProvider, GpuType

Floats = NDArray[np.float64]

HOURS_PER_MONTH = 730
SECONDS_PER_HOUR = 3600
_TABLE_GPUS = 512
"""Packings are tabled up to this many GPUs; beyond, the cheapest instance a replica is added in bulk."""


@dataclass(frozen=True)
class Packing:
    """Rented instances that hold all replicas."""

    hourly_usd: float
    instances: tuple[tuple[InstancePrice, int], ...]
    """Which instances, and how many of each."""

    @property
    def label(self) -> str:
        """The instances as people read them, such as ``2x g6.xlarge``."""
        return " + ".join(f"{count}x {price.instance_type}" for price, count in self.instances)

    @property
    def nodes(self) -> int:
        """Machines in all."""
        return sum(count for _, count in self.instances)


@dataclass(frozen=True)
class _Market:
    """One provider's region for replicas of one size on one GPU: the cheapest cover of each number of replicas."""

    provider: CloudProvider
    region: str
    prices: tuple[InstancePrice, ...]
    holds: tuple[int, ...]
    """Replicas that each instance holds."""
    hourly: NDArray[np.float64]
    """Cheapest cost by number of replicas."""
    last: NDArray[np.intp]
    """Which instance to rent first, by number of replicas."""

    @property
    def bulk(self) -> int:
        """The instance that costs least a replica."""
        rates = [price.hourly_usd / held for price, held in zip(self.prices, self.holds, strict=True)]
        return int(np.argmin(rates))

    def costs(self, replicas: NDArray[np.int64]) -> NDArray[np.float64]:
        most = self.hourly.size - 1
        bulk = self.bulk
        extra = np.maximum(np.ceil((replicas - most) / self.holds[bulk]), 0).astype(np.int64)
        rest = np.clip(replicas - extra * self.holds[bulk], 0, most)
        return np.asarray(self.hourly[rest] + extra * self.prices[bulk].hourly_usd)

    def pack(self, replicas: int) -> Packing:
        counts = dict.fromkeys(range(len(self.prices)), 0)
        most = self.hourly.size - 1
        if replicas > most:
            counts[self.bulk] = -(-(replicas - most) // self.holds[self.bulk])
            replicas -= counts[self.bulk] * self.holds[self.bulk]
        while replicas > 0:
            chosen = int(self.last[replicas])
            counts[chosen] += 1
            replicas -= self.holds[chosen]
        rented = tuple((self.prices[index], count) for index, count in counts.items() if count)
        return Packing(sum(price.hourly_usd * count for price, count in rented), rented)


@dataclass(frozen=True)
class PriceBook:
    """Prices by GPU, ready to be asked for many configurations at once."""

    digest: str
    """Of all prices: changes when any does."""
    markets: Mapping[tuple[GpuType, int], tuple[_Market, ...]]
    priced: frozenset[GpuType]
    _cheapest: dict[tuple[GpuType, int, CloudProvider | None, str | None], Floats] = field(
        default_factory=dict, repr=False, compare=False
    )
    """By what was asked for: the cheapest cost an hour by number of replicas, as far as all markets table it."""

    def hourly_usd(
        self,
        gpu: GpuType,
        tensor_parallel: int,
        replicas: NDArray[np.int64],
        provider: CloudProvider | None = None,
        region: str | None = None,
    ) -> NDArray[np.float64]:
        """The cheapest cost an hour of each number of replicas; infinite where nothing holds a replica."""
        found = self._open(gpu, tensor_parallel, provider, region)
        if not found:
            return np.full(replicas.shape, np.inf)
        key = (gpu, tensor_parallel, provider, region)
        if key not in self._cheapest:
            tabled = min(market.hourly.size for market in found)
            self._cheapest[key] = np.min([market.hourly[:tabled] for market in found], axis=0)
        cheapest = self._cheapest[key]
        if replicas.max(initial=0) < cheapest.size:
            return np.asarray(cheapest[replicas])
        return np.asarray(np.min([market.costs(replicas) for market in found], axis=0))

    def offers(
        self,
        gpu: GpuType,
        tensor_parallel: int,
        cloud_provider: CloudProvider | None = None,
        region: str | None = None,
    ) -> bool:
        """Whether an instance that holds a replica can be rented there."""
        return bool(self._open(gpu, tensor_parallel, cloud_provider, region))

    def knows(self, provider: CloudProvider | None, region: str) -> bool:
        """Whether any price of that region (of that provider) is known."""
        return any(
            market.region == region and provider in (None, market.provider)
            for markets in self.markets.values()
            for market in markets
        )

    def pack(
        self,
        gpu: GpuType,
        tensor_parallel: int,
        replicas: int,
        provider: CloudProvider | None = None,
        region: str | None = None,
    ) -> Packing | None:
        """The cheapest packing itself; ``None`` where nothing holds a replica."""
        packings = [m.pack(replicas) for m in self._open(gpu, tensor_parallel, provider, region)]
        least = min((packing.hourly_usd for packing in packings), default=0.0)
        cheapest = [packing for packing in packings if packing.hourly_usd == least]
        return min(cheapest, key=lambda packing: packing.label) if len(cheapest) > 1 else next(iter(cheapest), None)

    def _open(
        self, gpu: GpuType, tensor_parallel: int, provider: CloudProvider | None, region: str | None
    ) -> list[_Market]:
        return [
            market
            for market in self.markets.get((gpu, tensor_parallel), ())
            if provider in (None, market.provider) and region in (None, market.region)
        ]


def price_book(prices: Sequence[InstancePrice], degrees: Sequence[int]) -> PriceBook:
    """Prices as a book for replicas of ``degrees`` GPUs; all instances of a packing are of one region."""
    lines = sorted(price.model_dump_json() for price in prices)
    places: dict[tuple[GpuType, CloudProvider, str], list[InstancePrice]] = {}
    for price in sorted(prices, key=lambda price: (price.hourly_usd / price.gpus, price.instance_type)):
        places.setdefault((price.gpu_type, price.cloud_provider, price.region), []).append(price)
    markets: dict[tuple[GpuType, int], list[_Market]] = {}
    for (gpu, provider, region), offered in sorted(places.items()):
        for degree in degrees:
            large_enough = [price for price in offered if price.gpus >= degree]
            if large_enough:
                market = _market(provider, region, large_enough, degree)
                markets.setdefault((gpu, degree), []).append(market)
    return PriceBook(
        digest=hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16],
        markets={key: tuple(found) for key, found in markets.items()},
        priced=frozenset(price.gpu_type for price in prices),
    )


def cost_of(packing: Packing, traffic: TrafficProfile) -> Cost:
    """A packing's cost an hour, a month and by tokens at the average load."""
    tokens_per_hour = tokens_per_second(traffic) * SECONDS_PER_HOUR
    first = packing.instances[0][0]
    effective = max(price.effective for price, _ in packing.instances)
    return Cost(
        per_hour_usd=packing.hourly_usd,
        per_month_usd=packing.hourly_usd * HOURS_PER_MONTH,
        per_1k_tokens_usd=packing.hourly_usd / tokens_per_hour * 1000,
        instance=packing.label,
        cloud_provider=first.cloud_provider,
        reference=f"{first.source}; {first.region}, {effective.isoformat()}",
    )


def tokens_per_second(traffic: TrafficProfile) -> float:
    """Prompt and output tokens together, at the average load."""
    return traffic.average_qps * (traffic.prompt_tokens.mean + traffic.output_tokens.mean)


def _market(provider: CloudProvider, region: str, offered: Sequence[InstancePrice], degree: int) -> _Market:
    holds = tuple(price.gpus // degree for price in offered)
    most = max(_TABLE_GPUS // degree, max(holds))
    hourly = np.zeros(most + 1)
    last = np.zeros(most + 1, dtype=np.intp)
    for replicas in range(1, most + 1):
        totals = [
            price.hourly_usd + hourly[max(replicas - held, 0)] for price, held in zip(offered, holds, strict=True)
        ]
        last[replicas] = int(np.argmin(totals))
        hourly[replicas] = totals[last[replicas]]
    return _Market(provider, region, tuple(offered), holds, hourly, last)
