"""What a change on this machine would do, and whether the machine is up to it."""

from __future__ import annotations

import difflib

import psutil

from neuralnav.deployment.local.document import KIND, LocalDeployment, LocalSpec
from neuralnav.deployment.local.gpus import visible_gpus
from neuralnav.deployment.local.order import Order
from neuralnav.deployment.local.place import Place
from neuralnav.deployment.local.program import gpus_needed, is_vllm_installed
from neuralnav.deployment.yaml_text import to_yaml
from neuralnav.errors import InvalidInputError
from neuralnav.models.deployment import EngineMode
from neuralnav.models.running import ChangeVerb, ObjectChange, Preflight

SIMULATOR_MB = 150
"""Memory of one simulator with its keeper, MB: 95 and 11 with 100 streams (Linux, Python 3.11), and some room."""
SUPERVISOR_MB = 60
"""Memory of a supervisor with its proxy, MB, measured likewise."""


def preflight(place: Place, order: Order, replaced: Place | None) -> Preflight:
    """What bringing ``order`` about in ``place`` would do, and end what is in ``replaced``; blocks."""
    if stranger := place.why_not_ours(order.installation):
        return Preflight(where=place.where, problems=(stranger,))
    there = place.order() if place.exists() else None
    runs = there is not None and there.running and place.is_supervised()
    spec = order.document.spec
    starts = not (runs and there is not None and there.runs_the_same(order))
    changes = [_change(order, there)]
    gone = replaced.order() if replaced is not None and replaced != place and replaced.exists() else None
    if gone is not None and gone.installation == order.installation:
        changes.append(ObjectChange(kind=KIND, name=gone.document.metadata.name, verb=ChangeVerb.DELETE))
    return Preflight(
        where=place.where,
        changes=tuple(changes),
        problems=(*_foreign(place), *(_lacking(spec, is_new=not runs) if starts else ())),
        notes=_notes(spec, starts=starts, beside_old=runs),
    )


def _change(order: Order, there: Order | None) -> ObjectChange:
    verb = ChangeVerb.CREATE
    if there is not None:
        same = there.running and there.asks_for_the_same(order)
        verb = ChangeVerb.UNCHANGED if same else ChangeVerb.UPDATE
    lines = difflib.unified_diff(
        _lines(there.document if there else None), _lines(order.document), "there now", "to be", lineterm="", n=1
    )
    return ObjectChange(kind=KIND, name=order.document.metadata.name, verb=verb, diff=tuple(lines))


def _lines(document: LocalDeployment | None) -> list[str]:
    return to_yaml(document.model_dump(mode="json", by_alias=True, exclude_none=True)).splitlines() if document else []


def _foreign(place: Place) -> tuple[str, ...]:
    try:
        if place.directory.is_symlink() or place.exists():
            place.require_ours()
    except InvalidInputError as error:
        return (error.detail,)
    return ()


def _lacking(spec: LocalSpec, *, is_new: bool) -> tuple[str, ...]:
    if spec.mode is EngineMode.VLLM:
        return _lacking_for_vllm(spec)
    needed = spec.replicas * SIMULATOR_MB + (SUPERVISOR_MB if is_new else 0)
    free = psutil.virtual_memory().available // 2**20
    if free < needed:
        return (
            f"{needed} MB of memory are needed and {free} MB are free. End other programs, or plan fewer replicas.",
        )
    return ()


def _lacking_for_vllm(spec: LocalSpec) -> tuple[str, ...]:
    problems = []
    if not is_vllm_installed():
        problems.append("There is no program `vllm` on the path. Install vLLM, or use simulator mode.")
    needed, there = gpus_needed(spec) * spec.replicas, len(visible_gpus())
    if there < needed:
        problems.append(
            f"{needed} GPUs are needed and nvidia-smi shows {there} that may be used. Use simulator mode, or deploy on "
            "a cluster."
        )
    return tuple(problems)


def _notes(spec: LocalSpec, *, starts: bool, beside_old: bool) -> tuple[str, ...]:
    if not starts:
        return ("What runs is what was asked for; no process is started or ended.",)
    notes = [] if spec.note is None else [spec.note]
    if spec.mode is EngineMode.SIMULATOR:
        notes.append(
            f"Simulators of {spec.model} on {spec.gpu.value} that start: {spec.replicas}. They take about "
            f"{spec.replicas * SIMULATOR_MB} MB, answer when vLLM would, and say nothing that means anything."
        )
    if beside_old:
        notes.append("The replicas that run go on serving until the new ones are ready.")
    return tuple(notes)
