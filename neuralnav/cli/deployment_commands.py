"""The commands that deploy and look after what is deployed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

deployment_commands = typer.Typer()
cluster = typer.Typer(help="The cluster that deployments go to.")
deployment_commands.add_typer(cluster, name="cluster")

Json = Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")]
Spec = Annotated[Path | None, typer.Option("--spec", help="A (partial) specification as JSON; '-' reads stdin.")]
Context = Annotated[str | None, typer.Option("--context", help="A context of the kubeconfig.")]
Namespace = Annotated[str | None, typer.Option("--namespace", help="Default: NEURALNAV_NAMESPACE.")]

TargetOption = Annotated[
    str | None, typer.Option("--target", help="local, kserve, kubernetes or llm-d (default: NEURALNAV_TARGET).")
]
EngineModeOption = Annotated[str | None, typer.Option("--mode", help="simulator or vllm (default: NEURALNAV_MODE).")]


@cluster.command()
def inventory(context: Context = None, namespace: Namespace = None, json: Json = False) -> int:
    """Show GPUs and how many are free, quotas, storage classes, and what is installed."""
    from neuralnav.cli import cluster as command

    return command.inventory(context=context, namespace=namespace, as_json=json)


Yes = Annotated[bool, typer.Option("--yes", help="Approve what is shown without asking.")]
Wait = Annotated[float, typer.Option("--wait", metavar="SECONDS", help="How long to wait until it is ready.")]


@deployment_commands.command()
def deploy(
    plan: Annotated[Path | None, typer.Option("--plan", help="The output of 'plan --json'.")] = None,
    choice: Annotated[str | None, typer.Option("--choice", help="An option's number, or a view's name.")] = None,
    spec: Spec = None,
    target: TargetOption = None,
    mode: EngineModeOption = None,
    context: Context = None,
    namespace: Namespace = None,
    wait: Wait = 1800.0,
    yes: Yes = False,
    json: Json = False,
) -> int:
    """Show what deploying an option would do, and once that is approved do it and check it."""
    from neuralnav.cli import deploy as command

    return command.run(
        plan=plan,
        choice=choice,
        spec=spec,
        yes=yes,
        target=target,
        mode=mode,
        context=context,
        namespace=namespace,
        wait_s=wait,
        as_json=json,
    )


Deployed = Annotated[str, typer.Argument(help="The deployment's name.")]


@deployment_commands.command()
def status(
    name: Annotated[str | None, typer.Argument(help="A deployment's name.")] = None,
    context: Context = None,
    json: Json = False,
) -> int:
    """List what is deployed or, by its name, say how one deployment is."""
    from neuralnav.cli import deployments as command

    return command.status(name, context=context, as_json=json)


@deployment_commands.command()
def rollback(name: Deployed, context: Context = None, wait: Wait = 1800.0, yes: Yes = False, json: Json = False) -> int:
    """Return a deployment to the revision before, once that is approved."""
    from neuralnav.cli import deployments as command

    return command.roll_back(name, context=context, yes=yes, wait_s=wait, as_json=json)


@deployment_commands.command()
def delete(name: Deployed, context: Context = None, wait: Wait = 60.0, yes: Yes = False, json: Json = False) -> int:
    """Retire a deployment: take away all that was put in place for it, once that is approved."""
    from neuralnav.cli import deployments as command

    return command.retire(name, context=context, yes=yes, wait_s=wait, as_json=json)


@deployment_commands.command()
def observe() -> int:
    """Look after what is deployed until stopped: keep what it does, and tell conversations what drifts."""
    from neuralnav.cli import observe as command

    return command.run()
