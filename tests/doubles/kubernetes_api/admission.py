"""What the API does to an object before it is stored: defaults, names, required fields, fields that cannot change.

https://kubernetes.io/docs/reference/using-api/api-concepts/#field-validation,
https://kubernetes.io/docs/concepts/overview/working-with-objects/names/ and, for the defaults,
https://kubernetes.io/docs/reference/kubernetes-api/ of each kind. Only what NeuralNav's objects meet is here.
"""

from __future__ import annotations

import json
import re
from functools import lru_cache
from typing import Any

import jsonschema
import referencing

from tests.doubles.kubernetes_api.kinds import CORE, Resource, definition
from tests.doubles.kubernetes_api.shapes import Shape, UndeclaredError
from tests.doubles.kubernetes_api.status import invalid

_SUBDOMAIN = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
_SUBDOMAIN_RULE = (
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', "
    "and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is "
    "'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
)
_POD: dict[str, Any] = {
    "restartPolicy": "Always",
    "dnsPolicy": "ClusterFirst",
    "schedulerName": "default-scheduler",
    "terminationGracePeriodSeconds": 30,
    "securityContext": {},
}
_CONTAINER: dict[str, Any] = {
    "terminationMessagePath": "/dev/termination-log",
    "terminationMessagePolicy": "File",
    "imagePullPolicy": "IfNotPresent",
    "resources": {},
}
_PROBE: dict[str, Any] = {"periodSeconds": 10, "timeoutSeconds": 1, "failureThreshold": 3, "successThreshold": 1}
_DEPLOYMENT: dict[str, Any] = {
    "replicas": 1,
    "revisionHistoryLimit": 10,
    "progressDeadlineSeconds": 600,
    "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": "25%"}},
}
_SERVICE: dict[str, Any] = {"type": "ClusterIP", "sessionAffinity": "None", "clusterIP": "10.96.0.10"}
_CLAIM: dict[str, Any] = {"volumeMode": "Filesystem"}


def with_defaults(resource: Resource, document: dict[str, Any]) -> dict[str, Any]:
    """``document`` with what the API fills in."""
    if resource.custom:
        _fill_custom(document, Shape.of(resource.schema))
        return document
    spec = (
        document.setdefault("spec", {}) if resource.kind in ("Deployment", "Service", "PersistentVolumeClaim") else {}
    )
    if resource.kind == "Deployment":
        _fill(spec, _DEPLOYMENT)
        _fill_pod(spec.get("template", {}).get("spec", {}))
    elif resource.kind == "Pod":
        _fill_pod(document.get("spec", {}))
    elif resource.kind == "Service":
        _fill(spec, _SERVICE)
        for port in spec.get("ports", ()):
            _fill(port, {"protocol": "TCP", "targetPort": port.get("port")})
    elif resource.kind == "PersistentVolumeClaim":
        _fill(spec, _CLAIM)
    return document


def _fill(target: dict[str, Any], defaults: dict[str, Any]) -> None:
    for name, value in defaults.items():
        target.setdefault(name, json.loads(json.dumps(value)))


def _fill_pod(spec: dict[str, Any]) -> None:
    _fill(spec, _POD)
    for container in spec.get("containers", ()):
        _fill(container, _CONTAINER)
        for port in container.get("ports", ()):
            _fill(port, {"protocol": "TCP"})
        for name in ("startupProbe", "readinessProbe", "livenessProbe"):
            if name in container:
                _fill(container[name], _PROBE)
                if "httpGet" in container[name]:
                    _fill(container[name]["httpGet"], {"scheme": "HTTP"})


def _fill_custom(value: Any, shape: Shape) -> None:
    if isinstance(value, dict):
        for name, declared in (shape.schema or {}).get("properties", {}).items():
            if name not in value and "default" in declared:
                value[name] = json.loads(json.dumps(declared["default"]))
        for name, inner in value.items():
            try:
                _fill_custom(inner, shape.field(name))
            except UndeclaredError:
                continue
    elif isinstance(value, list):
        for item in value:
            _fill_custom(item, shape.items)


def require_valid(resource: Resource, document: dict[str, Any], old: dict[str, Any] | None) -> None:
    """Refuse what the schema forbids, a bad name, and changes of what cannot change.

    Raises:
        StatusError: 422, with a cause for each field.
    """
    name = document["metadata"]["name"]
    causes = [*_name_causes(name), *_schema_causes(resource, document), *_immutable_causes(resource, document, old)]
    if causes:
        raise invalid(resource.kind, resource.group, name, causes)


def _name_causes(name: str) -> list[dict[str, str]]:
    if _SUBDOMAIN.fullmatch(name) and len(name) <= 253:
        return []
    return [_cause("Invalid", "metadata.name", f"Invalid value: {json.dumps(name)}: {_SUBDOMAIN_RULE}")]


def _schema_causes(resource: Resource, document: dict[str, Any]) -> list[dict[str, str]]:
    causes = []
    for error in _validator(resource).iter_errors({k: v for k, v in document.items() if k != "status"}):
        field = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in error.absolute_path)
        if error.validator == "required":
            missing = next(name for name in error.validator_value if name not in error.instance)
            causes.append(_cause("Required", f"{field}.{missing}"[1:], "Required value"))
        else:
            text = f"Invalid value: {json.dumps(error.instance)[:80]}: {error.message[:120]}"
            causes.append(_cause("Invalid", field[1:], text))
    return causes


def _immutable_causes(resource: Resource, new: dict[str, Any], old: dict[str, Any] | None) -> list[dict[str, str]]:
    if old is None:
        return []
    causes = []
    if resource.kind == "Deployment" and old["spec"].get("selector") != new["spec"].get("selector"):
        text = f"Invalid value: {json.dumps(new['spec'].get('selector'))}: field is immutable"
        causes.append(_cause("Invalid", "spec.selector", text))
    if resource.kind == "PersistentVolumeClaim":
        before, after = ({k: v for k, v in doc["spec"].items() if k != "resources"} for doc in (old, new))
        if before != after:
            text = (
                "Forbidden: spec is immutable after creation except resources.requests and volumeAttributesClassName "
                "for bound claims"
            )
            causes.append(_cause("Forbidden", "spec", text))
    return causes


def _cause(reason: str, field: str, message: str) -> dict[str, str]:
    return {"reason": f"FieldValue{reason}", "message": message, "field": field}


@lru_cache
def _validator(resource: Resource) -> jsonschema.Draft202012Validator:
    if resource.custom:
        return jsonschema.Draft202012Validator(definition(resource.kind)["versions"][resource.version]["schema"])
    definitions = referencing.Resource.from_contents(json.loads((CORE / "_definitions.json").read_text()))
    schema = referencing.Resource.from_contents(resource.schema)
    registry: Any = definitions @ (schema @ referencing.Registry())
    return jsonschema.Draft202012Validator(resource.schema, registry=registry)
