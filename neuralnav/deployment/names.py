"""Names of what is deployed: derived from the use case and the model, or given and then only checked."""

from __future__ import annotations

import hashlib
import re

from neuralnav.errors import FieldProblem, InvalidInputError
from neuralnav.models.catalog import CatalogModel
from neuralnav.models.deployment import DNS_LABEL, NAMESPACE
from neuralnav.models.specification import DeploymentSpecification
from neuralnav.models.vocabulary import UseCase

HOST_LABEL_CHARACTERS = 63
"""The longest label of a host name (RFC 1123)."""

PREDICTOR_INFIX = "-predictor-"
"""KServe serves at ``<name>-predictor-<namespace>.<domain>``, so name and namespace share one label."""

NAME_CHARACTERS = 53
"""The longest name: KServe's Deployment and Service are called ``<name>-predictor``."""

SHORTEST_BUDGET = 8
"""Namespaces that leave less than this for a name are refused."""

_SPOKEN = {
    UseCase.CHATBOT: "chatbot",
    UseCase.CODE_COMPLETION: "code-completion",
    UseCase.CODE_GENERATION: "code-generation",
    UseCase.TRANSLATION: "translation",
    UseCase.CONTENT_GENERATION: "content-generation",
    UseCase.SUMMARIZATION_SHORT: "summarization",
    UseCase.DOCUMENT_RAG: "document-rag",
    UseCase.SUMMARIZATION_LONG: "long-summarization",
    UseCase.RESEARCH_LEGAL: "legal-research",
}


def require_namespace(namespace: str) -> str:
    """``namespace``, if Kubernetes and KServe can use it.

    Raises:
        InvalidInputError: it is not a DNS label, or too long to leave room for a name.
    """
    longest = HOST_LABEL_CHARACTERS - len(PREDICTOR_INFIX) - SHORTEST_BUDGET
    if not re.fullmatch(NAMESPACE, namespace) or len(namespace) > longest:
        allowed = f"1 to {longest} lower-case letters, digits and '-', with a letter or digit at both ends"
        raise InvalidInputError(
            f"The namespace {namespace[:80]!r} cannot be used; allowed: {allowed}.",
            (FieldProblem("namespace", namespace[:80], allowed),),
        )
    return namespace


def name_budget(namespace: str) -> int:
    """How many characters a name may have in ``namespace``."""
    return min(NAME_CHARACTERS, HOST_LABEL_CHARACTERS - len(PREDICTOR_INFIX) - len(namespace))


def require_name(name: str, namespace: str) -> str:
    """``name`` as given, if it can be used in ``namespace``; it is never changed.

    Raises:
        InvalidInputError: it is not a DNS label that starts with a letter, or too long.
    """
    longest = name_budget(namespace)
    if not re.fullmatch(DNS_LABEL, name) or len(name) > longest:
        allowed = (
            f"1 to {longest} lower-case letters, digits and '-', beginning with a letter "
            "and ending with a letter or digit"
        )
        raise InvalidInputError(
            f"The name {name[:80]!r} cannot be used in the namespace {namespace!r}; allowed: {allowed}.",
            (FieldProblem("name", name[:80], allowed),),
        )
    return name


def derive_name(specification: DeploymentSpecification, model: CatalogModel, namespace: str) -> str:
    """A name made of the use case and the model, such as ``chatbot-llama-3-1-8b``.

    The same inputs give the same name; one that is too long is cut and ends in a digest of the whole.
    """
    use_case = specification.intent.use_case
    words = f"{_SPOKEN[use_case] if use_case else 'llm'}-{model.short_name}"
    name = re.sub(r"[^a-z0-9]+", "-", words.lower()).strip("-")
    return name if len(name) <= name_budget(namespace) else distinct_name(name, namespace, name)


def distinct_name(name: str, namespace: str, whose: str) -> str:
    """``name``, cut where it is too long, that ends in a digest of ``whose``: another one for everyone else."""
    digest = hashlib.sha256(whose.encode()).hexdigest()[:6]
    head = name[: max(name_budget(namespace) - len(digest) - 1, 1)].rstrip("-")
    return f"{head}-{digest}"
