"""The cloud and the region where GPUs are rented."""

from __future__ import annotations

import re
from collections.abc import Iterator

from neuralnav.models.vocabulary import CloudProvider
from neuralnav.understanding.fields.findings import Finding
from neuralnav.understanding.reading.text import fold
from neuralnav.understanding.reading.utterance import Span, Utterance

_PROVIDERS = (
    (CloudProvider.AWS, r"(?:aws|amazon web services|amazon ec2|ec2|eks|amazon cloud|amazon's cloud)"),
    (CloudProvider.GCP, r"(?:gcp|google cloud(?: platform)?|gke|gce|google compute engine)"),
    (CloudProvider.AZURE, r"(?:(?:microsoft |ms )?azure|aks)"),
)
_ABOUT_AFTER = re.compile(
    "^ (?:s3|ad|sso|lambda|bucket|storage|rds|documentation|doc|manual|guide|certification|exam|"
    "question|support|bill|invoice|product|"
    r"service|api|log|"
    r"config|cost|expert|consultant|engineer|architect|course|training|ticket|devop|account|credit|"
    r"knowledge|devops) "
)
_EXCLUDED_BEFORE = re.compile(
    " (?:no|not|nothing(?: that| which)?(?: run| is| sit| live)?(?: hosted)?|never|without|except|"
    "excluding|avoid|leave|leaving|left|from|off|instead of|"
    r"rather than|other than|nor|"
    r"anything but|anywhere but|everywhere but|all but|don't|doesn't|do not|can't|cannot|"
    r"(?<!what )(?<!how )about|over|for|"
    r"than) (?:(?:on|in|with|at) )?(?:(?!to |but |on )\w+ ){0,2}$"
)
_FROM_OR_FOR = re.compile(
    r" (?:rent|rented|renting|gpu|GPU|card|node|instance|buy|hosted|run|runs|server) (?:it )?(?:from|"
    r"off) $"
)
_REGION = re.compile(
    r"(?<![a-z0-9-])(?:(?:us|eu|ap|sa|ca|me|af|il|mx|cn)-(?:gov-)?(?:north|south|east|west|"
    r"central)(?:east|west)?-\d[a-f]?"
    r"|(?:us|europe|asia|australia|northamerica|southamerica|africa|me)-(?:north|south|east|west|"
    r"central)(?:east|west)?\d{1,2}(?:-[a-f])?"
    r"|(?:east|west|north|south|northcentral|southcentral|westcentral|central)us[23]?"
    r"|(?:north|west)europe|(?:uk|france|germany|japan|korea|india|brazil|australia|canada|norway|"
    r"switzerland|sweden|uae)"
    r"(?:south|west|central|east|north|westcentral|southeast)2?|(?:east|southeast)asia)(?![a-z0-9-])"
)


def read_places(utterance: Utterance) -> Iterator[Finding]:
    """Findings for ``cloud_provider`` and ``region``; none for a provider where several were named."""
    providers: dict[CloudProvider, Span] = {}
    for provider, pattern in _PROVIDERS:
        for found in utterance.find(pattern):
            if _is_wanted(utterance, found.span):
                providers.setdefault(provider, found.span)
    if len(providers) == 1:
        provider, span = next(iter(providers.items()))
        yield Finding("cloud_provider", provider, span)
    yield from _regions(utterance)


def _is_wanted(utterance: Utterance, span: Span) -> bool:
    before = utterance.before(span, 5)
    if _ABOUT_AFTER.match(utterance.after(span, 2)):
        return False
    return not _EXCLUDED_BEFORE.search(before) or bool(_FROM_OR_FOR.search(before))


def _regions(utterance: Utterance) -> Iterator[Finding]:
    matches = list(_REGION.finditer(fold(utterance.plain)))
    for match in matches[:1]:
        inside = [i for i, t in enumerate(utterance.tokens) if t.start < match.end() and match.start() < t.end]
        named = {match[0] for match in matches}
        if inside and len(named) == 1:
            span = Span(inside[0], inside[-1] + 1)
            if not re.search(r" (?:not|no|except|avoid|outside) (?:\w+ )?$", utterance.before(span, 3)):
                yield Finding("region", match[0], span)
