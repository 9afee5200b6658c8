"""One request to the API, from its path to its answer.

https://kubernetes.io/docs/reference/using-api/api-concepts/ describes paths, verbs, selectors, pages and dry runs.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import yaml

from tests.doubles.kubernetes_api.kinds import Resource
from tests.doubles.kubernetes_api.rights import Account, Action
from tests.doubles.kubernetes_api.selecting import matches
from tests.doubles.kubernetes_api.status import StatusError, bad_request, no_such_resource, not_found
from tests.doubles.kubernetes_api.store import Document, Key

if TYPE_CHECKING:
    from tests.doubles.kubernetes_api.api import KubernetesApi

APPLY, MERGE = "application/apply-patch+yaml", "application/merge-patch+json"
METADATA_ONLY = "as=PartialObjectMetadata"
VERBS = {"POST": "create", "PUT": "update", "PATCH": "patch", "DELETE": "delete"}


@dataclass(frozen=True)
class Target:
    """What a path names."""

    resource: Resource
    namespace: str = ""
    name: str = ""
    subresource: str = ""
    rest: str = ""
    """What follows a proxy."""

    @property
    def key(self) -> Key:
        return (self.resource, self.namespace, self.name)

    def action(self, verb: str) -> Action:
        plural = self.resource.plural + (f"/{self.subresource}" if self.subresource else "")
        return Action(verb, self.resource.group, plural, self.namespace, self.name)


@dataclass(frozen=True)
class Request:
    """What was sent."""

    method: str
    path: str
    query: Mapping[str, str]
    body: bytes
    content_type: str
    accept: str
    account: Account

    @property
    def dry_run(self) -> bool:
        wanted = self.query.get("dryRun")
        if wanted not in (None, "", "All"):
            raise bad_request(f'PatchOptions.meta.k8s.io "" is invalid: dryRun: Unsupported value: "{wanted}"')
        return wanted == "All"

    def document(self) -> Document:
        strict = self.query.get("fieldValidation") == "Strict"
        try:
            found = _parsed(self.body, strict=strict)
        except yaml.YAMLError as error:
            raise bad_request(f"error strict decoding YAML: error converting YAML to JSON: yaml: {error}") from None
        if not isinstance(found, dict):
            raise bad_request("couldn't get version/kind; json parse error")
        return found


def _parsed(body: bytes, *, strict: bool) -> Any:
    """JSON or YAML; the first is read by the faster parser."""
    try:
        return json.loads(body, object_pairs_hook=_each_once if strict else None)
    except json.JSONDecodeError:
        return yaml.load(body, _StrictLoader if strict else yaml.SafeLoader)


def _each_once(pairs: list[tuple[str, Any]]) -> Document:
    found = dict(pairs)
    if len(found) != len(pairs):
        twice = next(name for name, _ in pairs if sum(other == name for other, _ in pairs) > 1)
        raise yaml.YAMLError(f'key "{twice}" already set in map')
    return found


class _StrictLoader(yaml.SafeLoader):
    """Refuses a key that is given twice, as ``fieldValidation=Strict`` does."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001
        seen = set()
        for key, _ in node.value:
            if key.value in seen:
                raise yaml.YAMLError(f'line {key.start_mark.line + 1}: key "{key.value}" already set in map')
            seen.add(key.value)
        return super().construct_mapping(node, deep)


def find_target(resources: tuple[Resource, ...], path: str) -> Target:
    """What ``path`` names.

    Raises:
        StatusError: nothing of that kind is served.
    """
    parts = [part for part in path.split("/") if part]
    group, version, rest = ("", parts[1], parts[2:]) if parts[0] == "api" else (parts[1], parts[2], parts[3:])
    namespace = ""
    if len(rest) > 2 and rest[0] == "namespaces":
        namespace, rest = rest[1], rest[2:]
    plural, name, subresource, *_ = (*rest, "", "", "")
    for resource in resources:
        if (resource.group, resource.version, resource.plural) == (group, version, plural):
            proxied = "/".join(rest[3:]) + ("/" if path.endswith("/") and len(rest) > 3 else "")
            return Target(resource, namespace, name, subresource, proxied)
    raise no_such_resource()


def answer(api: KubernetesApi, target: Target, request: Request) -> tuple[int, Document]:
    """Carry out everything but watches, logs and proxies."""
    verb = VERBS.get(request.method) or ("get" if target.name else "list")
    if target.resource.kind == "SelfSubjectAccessReview":
        return 201, _reviewed(request)
    request.account.require(target.action(verb))
    if verb not in target.resource.verbs:
        raise StatusError(405, "MethodNotAllowed", "the server does not allow this method on the requested resource")
    if verb == "get":
        return 200, _as_asked(api.store.get(target.key), request)
    if verb == "list":
        return 200, _listed(api, target, request)
    if verb == "delete":
        return 200, _deleted(api, target, request)
    _require_namespace(api, target)
    if verb == "create":
        return 201, _created(api, target, request)
    if verb == "patch" and request.content_type.startswith(APPLY):
        return _applied(api, target, request)
    return 200, _updated(api, target, request)


def _reviewed(request: Request) -> Document:
    review = json.loads(request.body)
    asked = review["spec"]["resourceAttributes"]
    plural = asked["resource"] + (f"/{asked['subresource']}" if asked.get("subresource") else "")
    action = Action(asked["verb"], asked.get("group", ""), plural, asked.get("namespace", ""), asked.get("name", ""))
    return dict(review) | {"status": {"allowed": request.account.may(action)}}


def _as_asked(document: Document, request: Request) -> Document:
    if METADATA_ONLY not in request.accept:
        return document
    return {"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": document["metadata"]}


def _listed(api: KubernetesApi, target: Target, request: Request) -> Document:
    with api.store.lock:
        found = [
            document
            for document in api.store.all_of(target.resource, target.namespace)
            if matches(document, request.query.get("labelSelector", ""), request.query.get("fieldSelector", ""))
        ]
        version = str(api.store.version)
    start, most = int(request.query.get("continue") or 0), int(request.query.get("limit") or 0) or len(found)
    metadata: Document = {"resourceVersion": version}
    if start + most < len(found):
        metadata |= {"continue": str(start + most), "remainingItemCount": len(found) - start - most}
    page = [
        {k: v for k, v in document.items() if k not in ("apiVersion", "kind")}
        for document in found[start : start + most]
    ]
    return {
        "kind": f"{target.resource.kind}List",
        "apiVersion": target.resource.api_version,
        "metadata": metadata,
        "items": page,
    }


def _deleted(api: KubernetesApi, target: Target, request: Request) -> Document:
    options = json.loads(request.body) if request.body else {}
    conditions = options.get("preconditions") or {}
    policy = options.get("propagationPolicy") or request.query.get("propagationPolicy", "")
    document = api.store.delete(
        target.key,
        uid=conditions.get("uid"),
        policy=policy,
        dry_run=request.dry_run or options.get("dryRun") == ["All"],
    )
    if document["metadata"].get("finalizers"):
        return document
    details = {"name": target.name, "kind": target.resource.plural, "uid": document["metadata"]["uid"]}
    return {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "details": details}


def _require_namespace(api: KubernetesApi, target: Target) -> None:
    if target.namespace and not any(
        found["metadata"]["name"] == target.namespace for found in api.store.all_of(api.resource("Namespace"))
    ):
        raise not_found("namespaces", target.namespace)


def _created(api: KubernetesApi, target: Target, request: Request) -> Document:
    document = request.document()
    name = document.get("metadata", {}).get("name", "")
    key = (target.resource, target.namespace, name)
    return api.store.create(key, document, manager=_manager(request), dry_run=request.dry_run)


def _applied(api: KubernetesApi, target: Target, request: Request) -> tuple[int, Document]:
    manager = request.query.get("fieldManager")
    if not manager:
        raise StatusError(
            422,
            "Invalid",
            'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch',
        )
    document = request.document()
    name = document.get("metadata", {}).get("name", target.name)
    if name != target.name:
        raise bad_request(f"the name of the object ({name}) does not match the name on the URL ({target.name})")
    if document["metadata"].get("namespace", target.namespace) != target.namespace:
        raise bad_request("the namespace of the provided object does not match the namespace sent on the request")
    if document.get("metadata", {}).get("managedFields"):
        raise bad_request("metadata.managedFields must be nil")
    with api.store.lock:
        if target.key not in api.store.objects:
            request.account.require(target.action("create"))
        force = request.query.get("force", "").lower() == "true"
        stored, made = api.store.apply(target.key, document, manager=manager, force=force, dry_run=request.dry_run)
    return 201 if made else 200, stored


def _updated(api: KubernetesApi, target: Target, request: Request) -> Document:
    with api.store.lock:
        document = request.document()
        if request.method == "PATCH":
            if not request.content_type.startswith(MERGE):
                raise StatusError(415, "UnsupportedMediaType", "the body of the request was in an unknown format")
            document = merge_patch(api.store.get(target.key), document)
        return api.store.replace(
            target.key,
            document,
            manager=_manager(request),
            subresource=target.subresource,
            dry_run=request.dry_run,
        )


def _manager(request: Request) -> str:
    return request.query.get("fieldManager") or "unknown"


def merge_patch(document: Any, patch: Any) -> Any:
    """RFC 7396."""
    if not isinstance(patch, dict):
        return copy.deepcopy(patch)
    merged = dict(document) if isinstance(document, dict) else {}
    for name, value in patch.items():
        if value is None:
            merged.pop(name, None)
        else:
            merged[name] = merge_patch(merged.get(name), value)
    return merged
