"""What the supervisor of a deployment is told to run."""

from __future__ import annotations

import hashlib
from typing import Annotated

import yaml
from pydantic import Field, ValidationError

from neuralnav.deployment.local.document import LOCAL_FILE, LocalDeployment, VariableValue
from neuralnav.errors import FieldProblem, InvalidInputError
from neuralnav.models.base import Frozen, WholeNumber
from neuralnav.models.deployment import DeploymentTarget, InstallationId, ManifestSet

VariableName = Annotated[str, Field(pattern=r"^NEURALNAV_SIMULATOR_[A-Z_]{1,60}$")]
"""Options of the simulator beyond vLLM's, such as ``NEURALNAV_SIMULATOR_TIME_SCALE``."""


class Order(Frozen):
    """The document to bring about, and what belongs to this machine alone."""

    document: LocalDeployment
    variables: dict[VariableName, VariableValue] = Field(default_factory=dict)
    """Of the environment of simulators."""
    first_port: Annotated[WholeNumber, Field(ge=0, le=65_535)]
    """Where to look for a free port from; 0: any."""
    installation: InstallationId | None = None
    """Whose it is; ``None``: of none in particular."""
    serial: Annotated[WholeNumber, Field(ge=1)] = 1
    """Counts the orders of one directory."""
    running: bool = True
    """``False``: everything is to end, the supervisor too."""

    @property
    def digest(self) -> str:
        """SHA-256 of what the document says: tells documents apart."""
        return hashlib.sha256(self.document.model_dump_json(by_alias=True).encode()).hexdigest()

    def asks_for_the_same(self, other: Order) -> bool:
        """Whether ``other`` means the same document in the same environment."""
        return (self.document, self.variables) == (other.document, other.variables)

    def runs_the_same(self, other: Order) -> bool:
        """Whether the processes of ``other`` can stay: at most labels and annotations differ."""
        return (self.document.spec, self.variables) == (other.document.spec, other.variables)


def read_document(manifests: ManifestSet) -> LocalDeployment:
    """The local deployment that ``manifests`` describe.

    Raises:
        InvalidInputError: they are for another target, or ``local.yaml`` is missing or not as it must be.
    """
    if manifests.target is not DeploymentTarget.LOCAL:
        problem = FieldProblem("target", manifests.target.value, DeploymentTarget.LOCAL.value)
        raise InvalidInputError(f"This machine runs local deployments only: {problem}.", (problem,))
    file = next((file for file in manifests.files if file.path == LOCAL_FILE), None)
    if file is None:
        problem = FieldProblem("files", ", ".join(file.path for file in manifests.files), LOCAL_FILE)
        raise InvalidInputError(f"The manifests have no {LOCAL_FILE}.", (problem,))
    try:
        document = LocalDeployment.model_validate(yaml.safe_load(file.text))
    except yaml.YAMLError as error:
        raise InvalidInputError(f"{LOCAL_FILE} is not YAML: {error}.") from error
    except ValidationError as error:
        problems = tuple(
            FieldProblem(".".join(map(str, e["loc"])) or LOCAL_FILE, str(e["input"])[:80], e["msg"])
            for e in error.errors(include_url=False)
        )
        raise InvalidInputError(f"{LOCAL_FILE} cannot be used: {'; '.join(map(str, problems))}", problems) from error
    named = (document.metadata.namespace, document.metadata.name)
    if named != (manifests.namespace, manifests.name):
        problem = FieldProblem("metadata.name", "/".join(named), f"{manifests.namespace}/{manifests.name}")
        raise InvalidInputError(f"{LOCAL_FILE} is of another deployment: {problem}.", (problem,))
    return document
