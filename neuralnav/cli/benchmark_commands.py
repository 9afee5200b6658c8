"""``neuralnav benchmarks``: its commands and their options."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from neuralnav.cli import engine_options as engine

benchmarks = typer.Typer(help="Measured benchmarks: import, list, export.")

Json = Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")]


@benchmarks.command("import")
def import_benchmarks(
    files: Annotated[list[Path], typer.Argument(help="Results of GuideLLM, vllm bench serve, AIPerf ..., or CSV.")],
    source: Annotated[str | None, typer.Option("--source", help="Who measured, or where it was published.")] = None,
    licence: Annotated[str | None, typer.Option("--licence", help="Under which licence the figures are.")] = None,
    model: engine.Model = None,
    gpu: engine.Gpu = None,
    tensor_parallel: engine.TensorParallel = None,
    expert_parallel: engine.ExpertParallel = None,
    data_parallel: engine.DataParallel = None,
    precision: engine.Precision = None,
    engine_version: engine.EngineVersion = None,
    measured_on: Annotated[
        str | None, typer.Option("--measured", metavar="DATE", help="Such as 2026-01-31; most files say it.")
    ] = None,
    prefix_hit_ratio: engine.PrefixHitRatio = None,
    length_kind: engine.LengthKind = None,
    arrival: engine.Arrival = None,
    strict: Annotated[bool, typer.Option("--strict", help="Import nothing when any run is wrong.")] = False,
    json: Json = False,
) -> int:
    """Import measured runs. The format is told by the content; options say what the files do not."""
    options = {name: value for name, value in locals().items() if name not in {"files", "gpu", "strict", "json"}}
    from neuralnav.cli import benchmarks as command

    return command.import_(files, options | {"gpu_type": gpu}, strict=strict, as_json=json)


@benchmarks.command("list")
def list_benchmarks(
    gpu: engine.Gpu = None,
    model: Annotated[str | None, typer.Option("--model", metavar="TEXT", help="Part of the model's id.")] = None,
    json: Json = False,
) -> int:
    """List the stored runs."""
    from neuralnav.cli import benchmarks as command

    return command.list_(gpu, model, as_json=json)


@benchmarks.command("export")
def export_benchmarks(
    kind: Annotated[str, typer.Option("--format", metavar="FORMAT", help="csv or json.")] = "csv",
    out: Annotated[Path | None, typer.Option("--out", help="File to write; unset: standard output.")] = None,
) -> int:
    """Write every stored run so that it can be imported elsewhere."""
    from neuralnav.cli import benchmarks as command

    return command.export(kind, out)
