"""The whole fit: kernels first, then servers, into one file that the performance model reads."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType

from neuralnav.calibration.kernel_fits import fit_gpus
from neuralnav.calibration.published import comparable_runs
from neuralnav.calibration.serving_fit import fit_serving, unfitted_serving
from neuralnav.calibration.serving_runs import Replay, prepare
from neuralnav.knowledge.measured import read_measured_runs
from neuralnav.models.catalog import ReferenceData
from neuralnav.models.vocabulary import GpuType
from neuralnav.performance.efficiencies import Efficiencies

SOURCES = (
    "ai-dynamo/aiconfigurator (Apache-2.0): timings of vLLM 0.14 to 0.24 kernels, InferenceMAX and NVIDIA server runs",
    "argonne-lcf/LLM-Inference-Bench (BSD-3-Clause): static batches on engines of 2024",
)
STAND_INS = MappingProxyType(
    {
        GpuType.T4: GpuType.A100_80GB,
        GpuType.A10G: GpuType.A100_80GB,
        GpuType.A100_40GB: GpuType.A100_80GB,
        GpuType.L4: GpuType.L40S,
        GpuType.GH200: GpuType.H100,
        GpuType.MI300X: GpuType.H100,
        GpuType.MI325X: GpuType.H100,
    }
)
"""GPUs without kernel timings, and the nearest that has some."""
LINK_STAND_INS = MappingProxyType({GpuType.T4: GpuType.L40S, GpuType.A10G: GpuType.L40S})
"""GPUs on PCIe whose stand-in has NVLink, and the one on PCIe that was timed."""


def fit_efficiencies(measured: Path, reference: ReferenceData, version: str | None = None) -> Efficiencies:
    """The efficiencies that the measurements in ``measured`` (``kernels/``, ``serving.csv``) lead to.

    The same files give the same figures. ``version`` names them; unset, today's date does.
    """
    gpus = {GpuType(name): fitted for name, fitted in fit_gpus(measured / "kernels", reference.gpus).items()}
    start = Efficiencies(
        version=version or datetime.now(tz=UTC).date().isoformat(),
        sources=SOURCES,
        gpus=gpus,
        stand_ins=dict(STAND_INS),
        link_stand_ins=dict(LINK_STAND_INS),
        serving=unfitted_serving(),
    )
    replay, _ = published_replay(measured, reference)
    return fit_serving(replay, start)


def published_replay(measured: Path, reference: ReferenceData) -> tuple[Replay, dict[str, int]]:
    """The published runs ready to be simulated, and why others are left out with their number."""
    runs, left_out = comparable_runs(read_measured_runs(measured / "serving.csv"), reference)
    replay, unusable = prepare(runs)
    return replay, {**left_out, **unusable}


def write_json(path: Path, document: object) -> None:
    """Write ``document`` as readable JSON that ends with a line break."""
    path.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
