"""``neuralnav models`` and ``neuralnav templates``: their commands and options."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer

models = typer.Typer(help="The models that can be planned with.")
templates = typer.Typer(help="Configurations that are offered first for a use case at a scale.")

Json = Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")]
Model = Annotated[str, typer.Argument(help="An id, a short name or an alias, in any letter case.")]


@models.command("list")
def list_models(
    task: Annotated[str | None, typer.Option("--task", help="Only models that can do this task.")] = None,
    json: Json = False,
) -> int:
    """List the catalogue: every model in every precision that it is published in."""
    from neuralnav.cli import models as command

    return command.list_models(task, as_json=json)


@models.command("show")
def show_model(model: Model, json: Json = False) -> int:
    """Say all that is known of a model: shape, licence, scores, and accuracy for each use case."""
    from neuralnav.cli import models as command

    return command.show(model, as_json=json)


@models.command("add")
def add_model(
    config: Annotated[Path, typer.Option("--config", help="Its config.json, as on Hugging Face; '-' reads stdin.")],
    id: Annotated[str | None, typer.Option("--id", help="owner/name; unset: the file's _name_or_path.")] = None,  # noqa: A002
    licence: Annotated[str | None, typer.Option("--licence", help="Its licence, such as Apache-2.0.")] = None,
    commercial: Annotated[
        bool | None, typer.Option("--commercial/--no-commercial", help="Whether the licence allows commercial use.")
    ] = None,
    vendor: Annotated[str | None, typer.Option("--vendor", help="Who trained it; unset: the id's owner.")] = None,
    precision: Annotated[
        str | None, typer.Option("--precision", help="bf16, fp8, int8, int4 or fp4, where the file does not say.")
    ] = None,
    tasks: Annotated[str | None, typer.Option("--tasks", help="What it can do, joined by commas; unset: all.")] = None,
    languages: Annotated[str | None, typer.Option("--languages", help="Language codes, joined by commas.")] = None,
    context: Annotated[int | None, typer.Option("--context", help="Longest context to plan with, in tokens.")] = None,
    quality_tier: Annotated[
        str, typer.Option("--quality-tier", help="standard, high or very_high: what you vouch for.")
    ] = "standard",
    tool_calling: Annotated[bool, typer.Option("--tool-calling", help="It can call tools.")] = False,
    trust_remote_code: Annotated[bool, typer.Option("--trust-remote-code", help="It needs code of its own.")] = False,
    approved: Annotated[
        bool, typer.Option("--approved/--not-approved", help="Whether plans may use it in production.")
    ] = True,
    like: Annotated[str | None, typer.Option("--like", help="Read the file as one of this model_type.")] = None,
    json: Json = False,
) -> int:
    """Add a model of your own from its config.json; it can be planned with at once."""
    from neuralnav.cli import models as command

    options = {name: value for name, value in locals().items() if name not in {"config", "json", "command"}}
    return command.add(config, options, as_json=json)


@models.command("remove")
def remove_model(model: Model, json: Json = False) -> int:
    """Take a model out of the catalogue; one that ships stays away from then on."""
    from neuralnav.cli import models as command

    return command.remove(model, as_json=json)


@templates.command("list")
def list_templates(json: Json = False) -> int:
    """List the templates with the use case and the load that each is meant for."""
    from neuralnav.cli import templates as command

    return command.list_all(as_json=json)


@templates.command("keep")
def keep_template(
    plan: Annotated[Path | None, typer.Option("--plan", help="The output of 'plan --json'; '-' reads stdin.")] = None,
    choice: Annotated[str | None, typer.Option("--choice", help="An option's number, or a view's name.")] = None,
    deployment: Annotated[
        UUID | None, typer.Option("--deployment", help="In place of a plan: a deployment that met every target.")
    ] = None,
    name: Annotated[str | None, typer.Option("--name", help="Unset: made of use case, model and GPU.")] = None,
    json: Json = False,
) -> int:
    """Keep an option of a plan, or what a deployment has proved, for the next plan with the same need."""
    from neuralnav.cli import templates as command

    return command.keep(plan, choice, deployment, name, as_json=json)


@templates.command("remove")
def remove_template(name: Annotated[str, typer.Argument(help="A template's name.")], json: Json = False) -> int:
    """Remove a template; one that ships stays away from then on."""
    from neuralnav.cli import templates as command

    return command.remove(name, as_json=json)
