from __future__ import annotations

import pytest

from neuralnav.knowledge.seeds import read_seeds
from neuralnav.models.catalog import GpuProfile, ModelArchitecture, ReferenceData


@pytest.fixture(scope="session")
def seeds() -> ReferenceData:
    return read_seeds()


@pytest.fixture(scope="session")
def gpus(seeds: ReferenceData) -> dict[str, GpuProfile]:
    return {gpu.gpu_type.value: gpu for gpu in seeds.gpus}


@pytest.fixture(scope="session")
def architectures(seeds: ReferenceData) -> dict[str, ModelArchitecture]:
    return {architecture.name: architecture for architecture in seeds.architectures}
