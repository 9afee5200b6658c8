"""``neuralnav calibrate``: fit the performance model to measurements, and report how far off it is."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from neuralnav.cli.output import print_json
from neuralnav.errors import FieldProblem, InvalidInputError, UnavailableError
from neuralnav.knowledge.seeds import read_seeds
from neuralnav.performance.efficiencies import read_efficiencies
from neuralnav.resources import resource_dir

try:
    from neuralnav.calibration.comparison import compare, make_calibration
    from neuralnav.calibration.fit import fit_efficiencies, published_replay, write_json
    from neuralnav.calibration.report import write_report
except ModuleNotFoundError as error:
    raise UnavailableError(f"{error.name} is not installed: install neuralnav[calibrate].") from error

KERNELS, RUNS = "kernels", "serving.csv"


def fit(measured: Path | None, out: Path | None, version: str | None, *, as_json: bool) -> int:
    """Fit kernels and servers; write the efficiencies."""
    folder, target = _measured(measured), out or resource_dir("data") / "efficiencies.json"
    _can_be_written(target)
    efficiencies = fit_efficiencies(folder, read_seeds(), version)
    write_json(target, efficiencies.model_dump(mode="json"))
    if as_json:
        print_json({"efficiencies": str(target), "version": efficiencies.version})
    else:
        sys.stdout.write(f"Wrote {target} (calibration {efficiencies.version}).\n")
    return 0


def report(
    measured: Path | None, efficiencies: Path | None, out: Path | None, page: Path | None, *, as_json: bool
) -> int:
    """Compare with every measured run, also by fits that had not seen it; write the bands and the page."""
    folder, target = _measured(measured), out or resource_dir("data") / "calibration.json"
    written = page or Path("docs") / "accuracy.md"
    _can_be_written(target)
    _can_be_written(written)
    used = read_efficiencies(efficiencies)
    replay, left_out = published_replay(folder, read_seeds())
    comparison = compare(replay, used)
    calibration = make_calibration(comparison, used, left_out)
    write_json(target, calibration.model_dump(mode="json"))
    write_report(written, comparison, calibration, used)
    if as_json:
        print_json({"calibration": str(target), "page": str(written), "version": calibration.version})
    else:
        sys.stdout.write(f"Wrote {target} and {written} (calibration {calibration.version}).\n")
    return 0


def _measured(folder: Path | None) -> Path:
    chosen = folder or resource_dir("data") / "measured"
    for name in (KERNELS, RUNS):
        if not (chosen / name).exists():
            allowed = f"a folder with {KERNELS}/ and {RUNS}"
            raise InvalidInputError(
                f"--measured: {chosen} has no {name}.", (FieldProblem("measured", str(chosen), allowed),)
            )
    return chosen


def _can_be_written(path: Path) -> None:
    """Say so before minutes of work, not after."""
    place = path if path.exists() else path.parent
    if path.is_dir() or not os.access(place, os.W_OK):
        raise UnavailableError(f"{path} cannot be written.")
