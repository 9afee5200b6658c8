"""The commands and their options; each hands over to the module that does the work."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from neuralnav.cli import catalogue_app
from neuralnav.cli import engine_options as engine
from neuralnav.cli.benchmark_commands import benchmarks
from neuralnav.cli.deployment_commands import EngineModeOption, TargetOption, deployment_commands
from neuralnav.cli.eval_commands import evaluations

app = typer.Typer(
    name="neuralnav",
    help="From a sentence about a need to a model server on Kubernetes that is shown to meet its SLOs.",
    add_completion=True,
    pretty_exceptions_enable=False,
)
database = typer.Typer(help="The knowledge base.")
app.add_typer(database, name="db")
calibration = typer.Typer(help="Fit the performance model to measurements, and report how far off it is.")
app.add_typer(calibration, name="calibrate")
app.add_typer(catalogue_app.models, name="models")
app.add_typer(catalogue_app.templates, name="templates")
app.add_typer(benchmarks, name="benchmarks")
app.add_typer(evaluations, name="eval")
app.add_typer(deployment_commands)
scenario = typer.Typer(help="Named what-ifs that were kept.")
app.add_typer(scenario, name="scenarios")

Json = Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")]
Text = Annotated[str | None, typer.Argument(help="What is needed, in words.")]
Spec = Annotated[Path | None, typer.Option("--spec", help="A (partial) specification as JSON; '-' reads stdin.")]


def _version(value: bool) -> None:  # noqa: FBT001 - typer calls it so
    if value:
        from neuralnav import __version__

        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def main(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """NeuralNav plans, approves and writes deployments of language models."""


@app.command()
def intent(
    text: Text = None,
    file: Annotated[
        str | None,
        typer.Option("--file", help="A file with one JSON object a line with 'text'; '-' reads stdin."),
    ] = None,
    json: Json = False,
) -> int:
    """Read a need from words: what was said, what is missing, what cannot be."""
    from neuralnav.cli import intent as command

    return command.run(text, file, as_json=json)


@app.command()
def plan(
    text: Text = None,
    spec: Spec = None,
    json: Json = False,
    first: Annotated[
        bool, typer.Option("--first", help="Take the first ranked answer, before everything is simulated.")
    ] = False,
    from_cluster: Annotated[
        bool, typer.Option("--from-cluster", help="Plan with the GPUs that are free in the cluster.")
    ] = False,
) -> int:
    """Rank every configuration that can serve a need, with cost and predicted p95s."""
    from neuralnav.cli import plan as command

    return command.run(text, spec, as_json=json, first=first, from_cluster=from_cluster)


Thread = Annotated[str, typer.Option("--thread", help="The conversation whose scenarios are meant.")]
ScenarioName = Annotated[str, typer.Argument(help="A scenario's name.")]
AT_THE_TERMINAL = "terminal"


@app.command()
def whatif(
    text: Text = None,
    spec: Spec = None,
    change: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="FIELD=VALUE", help="A field and its value then; 'none' takes it back."),
    ] = None,
    scenario: Annotated[str | None, typer.Option("--scenario", metavar="NAME", help="Keep it under this name.")] = None,
    replace: Annotated[bool, typer.Option("--replace", help="Let an older scenario of that name go.")] = False,
    thread: Thread = AT_THE_TERMINAL,
    json: Json = False,
) -> int:
    """Show what a change would come to, beside the present plan."""
    from neuralnav.cli import whatif as command

    return command.run(text, spec, change or (), scenario=scenario, thread=thread, replace=replace, as_json=json)


@app.command()
def compare(
    choices: Annotated[list[str] | None, typer.Argument(help="Two or more options' numbers, or views' names.")] = None,
    plan: Annotated[Path | None, typer.Option("--plan", help="The output of 'plan --json'.")] = None,
    json: Json = False,
) -> int:
    """Put options of a plan side by side."""
    from neuralnav.cli import compare as command

    return command.run(plan, choices or (), as_json=json)


@app.command()
def explain(
    plan: Annotated[Path, typer.Argument(help="The output of 'plan --json'; '-' reads stdin.")],
    choice: Annotated[str, typer.Argument(help="An option's number or id, or a view's name.")],
    json: Json = False,
) -> int:
    """Print where every number of a planned option comes from."""
    from neuralnav.cli import explain as command

    return command.run(plan, choice, as_json=json)


@scenario.command("list")
def list_scenarios(thread: Thread = AT_THE_TERMINAL, json: Json = False) -> int:
    """List what was kept, oldest first."""
    from neuralnav.cli import scenarios as command

    return command.list_all(thread, as_json=json)


@scenario.command("show")
def show_scenario(name: ScenarioName, thread: Thread = AT_THE_TERMINAL, json: Json = False) -> int:
    """Show one scenario."""
    from neuralnav.cli import scenarios as command

    return command.show(thread, name, as_json=json)


@scenario.command("remove")
def remove_scenario(name: ScenarioName, thread: Thread = AT_THE_TERMINAL, json: Json = False) -> int:
    """Forget one scenario."""
    from neuralnav.cli import scenarios as command

    return command.remove(thread, name, as_json=json)


@scenario.command("compare")
def compare_scenarios(
    names: Annotated[list[str] | None, typer.Argument(help="Scenarios' names; none: all of them.")] = None,
    thread: Thread = AT_THE_TERMINAL,
    json: Json = False,
) -> int:
    """Put scenarios side by side."""
    from neuralnav.cli import scenarios as command

    return command.compare(thread, names or (), as_json=json)


@app.command()
def predict(
    model: engine.Model = None,
    gpu: engine.Gpu = None,
    tensor_parallel: engine.TensorParallel = None,
    expert_parallel: engine.ExpertParallel = None,
    data_parallel: engine.DataParallel = None,
    precision: engine.Precision = None,
    engine_version: engine.EngineVersion = None,
    prompt_tokens: engine.PromptTokens = None,
    output_tokens: engine.OutputTokens = None,
    length_kind: engine.LengthKind = None,
    qps: engine.Qps = None,
    arrival: engine.Arrival = None,
    concurrency: engine.Concurrency = None,
    load: engine.Load = None,
    prefix_hit_ratio: engine.PrefixHitRatio = None,
    max_model_len: engine.MaxModelLen = None,
    max_num_seqs: engine.MaxNumSeqs = None,
    max_num_batched_tokens: engine.MaxNumBatchedTokens = None,
    gpu_memory_utilization: engine.GpuMemoryUtilization = None,
    kv_cache_dtype: engine.KvCacheDtype = None,
    seed: engine.Seed = None,
    file: Annotated[
        str | None,
        typer.Option("--file", help="A file with one JSON object a line, keys as these options; '-' reads stdin."),
    ] = None,
    no_measured: Annotated[
        bool, typer.Option("--no-measured", help="Leave stored measurements and added models out.")
    ] = False,
    json: Json = False,
) -> int:
    """Predict TTFT, ITL, E2E and throughput of a vLLM engine under a load."""
    options = {name: value for name, value in locals().items() if name not in {"file", "no_measured", "json"}}
    if file is None:
        engine.interpret_if_small(options)
    from neuralnav.cli import predict as command

    return command.run(options, file, measured=not no_measured, as_json=json)


@app.command()
def simulate(
    model: engine.Model = None,
    gpu: engine.Gpu = None,
    trace: Annotated[
        Path | None, typer.Option("--trace", help="A CSV file with arrival (s), prompt and output tokens of requests.")
    ] = None,
    qps: engine.Qps = None,
    requests: Annotated[str | None, typer.Option("--requests", metavar="N", help="How many, with --qps.")] = None,
    arrival: engine.Arrival = None,
    prompt_tokens: engine.PromptTokens = None,
    output_tokens: engine.OutputTokens = None,
    length_kind: engine.LengthKind = None,
    replicas: Annotated[
        str | None, typer.Option("--replicas", metavar="N", help="Engines behind a router (1).")
    ] = None,
    routing: Annotated[
        str | None, typer.Option("--routing", metavar="KIND", help="round_robin or least_loaded (round_robin).")
    ] = None,
    tensor_parallel: engine.TensorParallel = None,
    expert_parallel: engine.ExpertParallel = None,
    data_parallel: engine.DataParallel = None,
    precision: engine.Precision = None,
    engine_version: engine.EngineVersion = None,
    prefix_hit_ratio: engine.PrefixHitRatio = None,
    max_model_len: engine.MaxModelLen = None,
    max_num_seqs: engine.MaxNumSeqs = None,
    max_num_batched_tokens: engine.MaxNumBatchedTokens = None,
    gpu_memory_utilization: engine.GpuMemoryUtilization = None,
    kv_cache_dtype: engine.KvCacheDtype = None,
    seed: engine.Seed = None,
    requests_out: Annotated[
        Path | None, typer.Option("--requests-out", help="Write a CSV file with what became of every request.")
    ] = None,
    json: Json = False,
) -> int:
    """Simulate every request of a trace, or of a rate, on one or more replicas."""
    options = {name: value for name, value in locals().items() if name not in {"trace", "requests_out", "json"}}
    if trace is None:
        engine.interpret_if_small(options)
    from neuralnav.cli import simulate as command

    return command.run(options, trace, requests_out, as_json=json)


@app.command()
def manifests(
    plan: Annotated[Path | None, typer.Option("--plan", help="The output of 'plan --json'.")] = None,
    choice: Annotated[str | None, typer.Option("--choice", help="An option's number, or a view's name.")] = None,
    spec: Spec = None,
    name: Annotated[str | None, typer.Option("--name", help="Name of the deployment; unset: derived.")] = None,
    target: TargetOption = None,
    mode: EngineModeOption = None,
    out: Annotated[Path | None, typer.Option("--out", help="Write a Kustomize directory here.")] = None,
    json: Json = False,
) -> int:
    """Build the Kubernetes manifests of one option."""
    from neuralnav.cli import manifests as command

    return command.run(plan=plan, choice=choice, spec=spec, name=name, target=target, mode=mode, out=out, as_json=json)


@app.command()
def chat(
    thread: Annotated[
        str | None, typer.Option("--thread", help="Continue (or begin) the conversation with this id.")
    ] = None,
    history: Annotated[
        bool, typer.Option("--history", help="List the questions of --thread that can be gone back to, and end.")
    ] = False,
    back_to: Annotated[
        str | None, typer.Option("--back-to", metavar="TURN", help="Go back to the question after this turn.")
    ] = None,
    fork: Annotated[
        str | None, typer.Option("--fork", metavar="TURN", help="Begin a copy at the question after this turn.")
    ] = None,
    json: Json = False,
) -> int:
    """Hold the conversation in the terminal; with --json, one line in and one line out a turn."""
    from neuralnav.cli import chat as command

    return command.run(thread, history=history, back_to=back_to, fork=fork, as_json=json)


@app.command()
def serve(
    host: Annotated[str | None, typer.Option("--host", help="Address to listen on (default: NEURALNAV_HOST).")] = None,
    port: Annotated[int | None, typer.Option("--port", help="Port to listen on (default: NEURALNAV_PORT).")] = None,
) -> int:
    """Open the chat in a browser's reach."""
    from neuralnav.cli import serve as command

    return command.run(host, port)


@app.command(add_help_option=False, context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
def simulator(
    arguments: Annotated[list[str] | None, typer.Argument(help="Those of 'vllm serve' and a few more: --help.")] = None,
) -> int:
    """Serve like vLLM, in form and in time, without a GPU: simulator --help."""
    engine.interpret_if_small({})
    from neuralnav.cli import simulator as command

    return command.run(arguments or ())


@app.command()
def schema(
    of: Annotated[str, typer.Argument(help="Which document: specification, intent or plan.")],
) -> int:
    """Print the JSON Schema of a document."""
    from neuralnav.cli import schema as command

    return command.run(of)


@database.command()
def upgrade(json: Json = False) -> int:
    """Bring the database to the newest schema and load the shipped data."""
    from neuralnav.cli import db as command

    return command.upgrade(as_json=json)


@database.command()
def status(json: Json = False) -> int:
    """Say which migrations are applied and how many rows each collection holds."""
    from neuralnav.cli import db as command

    return command.status(as_json=json)


@database.command()
def reset(yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False, json: Json = False) -> int:
    """Delete everything in the database, then upgrade it. Asks first."""
    from neuralnav.cli import db as command

    return command.reset(confirmed=yes, as_json=json)


Measured = Annotated[
    Path | None, typer.Option("--measured", help="A folder with kernels/ and serving.csv; unset: the one that ships.")
]


@calibration.command()
def fit(
    measured: Measured = None,
    out: Annotated[Path | None, typer.Option("--out", help="File to write; unset: data/efficiencies.json.")] = None,
    version: Annotated[str | None, typer.Option("--version", help="Name of the calibration; unset: today.")] = None,
    json: Json = False,
) -> int:
    """Fit the shares of datasheet peaks and the host costs; takes two minutes."""
    from neuralnav.cli import calibrate as command

    return command.fit(measured, out, version, as_json=json)


@calibration.command()
def report(
    measured: Measured = None,
    efficiencies: Annotated[
        Path | None, typer.Option("--efficiencies", help="What 'fit' wrote; unset: the one that ships.")
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", help="Bands to write; unset: data/calibration.json.")] = None,
    page: Annotated[Path | None, typer.Option("--page", help="Page to write; unset: docs/accuracy.md.")] = None,
    json: Json = False,
) -> int:
    """Compare with measured servers, seen and unseen; writes the bands and the page. Takes ten minutes."""
    from neuralnav.cli import calibrate as command

    return command.report(measured, efficiencies, out, page, as_json=json)
