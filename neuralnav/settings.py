"""All settings in one place, read from ``NEURALNAV_*`` environment variables, ``DATABASE_URL`` and ``.env``."""

from __future__ import annotations

from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Annotated

import platformdirs
from pydantic import AliasChoices, Field, IPvAnyNetwork, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from neuralnav.errors import FieldProblem, InvalidInputError
from neuralnav.models.deployment import Delivery, DeploymentTarget, EngineMode

LOCAL_USER = "local"
"""Who the person at this machine is, in the terminal and in the chat without a password."""


class Settings(BaseSettings):
    """Everything that can be configured, with its default."""

    model_config = SettingsConfigDict(
        env_prefix="NEURALNAV_", env_file=".env", extra="ignore", use_attribute_docstrings=True, frozen=True
    )

    database_url: SecretStr | None = Field(default=None, validation_alias=AliasChoices("DATABASE_URL", "database_url"))
    """A PostgreSQL 14 or newer. Unset: an embedded one is started under ``home``."""

    home: Path = Field(default_factory=lambda: Path(platformdirs.user_data_dir("neuralnav")))
    """Where the embedded database and the written manifests live."""

    output_dir: Path | None = None
    """Where approved manifests are written. Unset: ``home``/manifests."""

    llm: str | None = Field(default=None, pattern=r"^ollama:\S{1,200}$")
    """``ollama:<model>`` lets a local model read and explain; unset, deterministic rules do."""

    ollama_url: str = Field(default="http://127.0.0.1:11434", pattern=r"^https?://")
    """Where Ollama listens."""

    llm_timeout_s: Annotated[float, Field(gt=0, le=300)] = 20.0
    """The longest that one call of the language model may take in all, with every try."""

    llm_pause_s: Annotated[float, Field(gt=0, le=3600)] = 60.0
    """How long a language model that failed three times in a row is left alone before it is asked again."""

    host: str = "127.0.0.1"
    """The address that the chat listens on."""

    port: Annotated[int, Field(ge=1, le=65535)] = 8000
    """The chat's port."""

    password: SecretStr | None = None
    """The password of the chat's user. Unset: on loopback the person at this machine is signed in; elsewhere a
    password is made at the first start, and printed once."""

    user_header: str | None = Field(default=None, pattern=r"^[A-Za-z][A-Za-z0-9-]{0,62}$")
    """The request header in which a proxy names the person that it signed in. Unset: no header is believed."""

    trusted_proxies: Annotated[tuple[IPvAnyNetwork, ...], Field(max_length=100)] = (
        IPv4Network("127.0.0.1"),
        IPv6Network("::1"),
    )
    """The addresses or networks of proxies that ``user_header`` is believed from."""

    allowed_users: Annotated[tuple[str, ...], Field(max_length=10_000)] = ()
    """Who may sign in with OAuth: names as the provider has them, or ``@example.com`` for all of a mail domain.

    Empty: nobody signs in with OAuth.
    """

    auth_secret: SecretStr | None = None
    """Signs the chat's session cookies. Unset: one is made and kept under ``home``."""

    namespace: str = Field(default="neuralnav", pattern=r"^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$")
    """The Kubernetes namespace that manifests name."""

    delivery: Delivery = Delivery.RUN
    """What becomes of approved manifests: ``run`` applies them, ``files`` writes them, ``git`` commits them."""

    target: DeploymentTarget | None = None
    """What manifests are for: ``local`` (this machine), ``kserve``, ``kubernetes`` or ``llm-d``.

    Unset: ``local`` where they are applied, ``kserve`` where they are written or committed.
    """

    mode: EngineMode | None = None
    """What serves: ``simulator`` or ``vllm``. Unset: the simulator on this machine, vLLM everywhere else."""

    kubeconfig: str | None = Field(
        default=None, validation_alias=AliasChoices("NEURALNAV_KUBECONFIG", "KUBECONFIG", "kubeconfig"), max_length=4000
    )
    """How to reach the cluster: one file, or several with ``:`` between. Unset: ``~/.kube/config``, or a pod's own."""

    context: str | None = Field(default=None, max_length=253)
    """Which context of the kubeconfig. Unset: its current one."""

    allowed_namespaces: Annotated[tuple[str, ...], Field(max_length=100)] = ()
    """Namespaces that deployments may be put into. Empty: ``namespace`` alone."""

    allowed_registries: Annotated[tuple[str, ...], Field(max_length=100)] = ()
    """Registries or repositories that images may come from. Empty: those that NeuralNav pins."""

    max_gpus: Annotated[int, Field(ge=1, le=100_000)] = 64
    """The most GPUs that one deployment may take."""

    nodes_may_grow: bool = False
    """Whether the cluster adds nodes when pods wait for them: too few free GPUs are then no reason to refuse."""

    allow_trust_remote_code: bool = False
    """Whether models may be planned with and deployed whose repositories bring Python code that vLLM has to run."""

    simulator_image: str | None = Field(default=None, max_length=300)
    """The image of the simulator for clusters, as ``registry/name:tag``. Unset: the one that this release names."""

    monitoring_url: str | None = Field(default=None, max_length=300)
    """The Prometheus that autoscalers in the cluster ask. Unset: where the Prometheus operator puts it."""

    storage_uri: str | None = Field(default=None, max_length=300)
    """Where the weights are: ``hf://``, ``pvc://``, ``s3://``, ``gs://`` or ``oci://``. Unset: at Hugging Face."""

    storage_class: str | None = Field(default=None, max_length=253)
    """The storage class of model caches. Unset: the cluster's default."""

    shared_storage_class: str | None = Field(default=None, max_length=253)
    """A storage class whose volumes several nodes write at once: replicas then share one cache."""

    prometheus_url: str | None = Field(default=None, pattern=r"^https?://")
    """The Prometheus that NeuralNav asks about deployments. Unset: it reads the replicas' own ``/metrics``."""

    prometheus_token: SecretStr | None = None
    """A bearer token for ``prometheus_url``."""

    local_replicas: Annotated[int, Field(ge=1, le=16)] = 2
    """The most replicas of one deployment that this machine runs."""

    ready_patience_s: Annotated[float, Field(ge=1, le=600)] = 30.0
    """How long one turn, but at most a quarter of it, waits for a deployment to become ready; later turns go on."""

    observe_every_s: Annotated[float, Field(ge=10, le=1800)] = 60.0
    """How often deployments are looked at; five looks are judged together."""

    git_repository: Path | None = None
    """The repository that ``git`` commits manifests to."""

    git_path: str = Field(default="deployments", max_length=200)
    """The directory in ``git_repository`` under which they are put."""

    planning_patience_s: Annotated[float, Field(ge=0, le=600)] = 30.0
    """The longest that simulating for one plan may take; the rest is estimated then. 0: nothing is simulated."""

    simulation_workers: Annotated[int, Field(ge=1, le=256)] | None = None
    """Processes that simulate. Unset: one a core."""

    turn_timeout_s: Annotated[float, Field(gt=0, le=600)] = 120.0
    """The longest that one turn of the conversation may take."""

    @property
    def deployment_target(self) -> DeploymentTarget:
        """What manifests are for."""
        runs = self.delivery is Delivery.RUN
        return self.target or (DeploymentTarget.LOCAL if runs else DeploymentTarget.KSERVE)

    @property
    def engine_mode(self) -> EngineMode:
        """What serves."""
        local = self.deployment_target is DeploymentTarget.LOCAL
        return self.mode or (EngineMode.SIMULATOR if local else EngineMode.VLLM)

    @property
    def manifests_dir(self) -> Path:
        """Where approved manifests are written."""
        return self.output_dir or self.home / "manifests"


@lru_cache(maxsize=1)
def get_settings() -> Settings:
    """The settings of this process.

    Raises:
        InvalidInputError: an environment variable holds a value that is not allowed.
    """
    try:
        return Settings()
    except ValidationError as error:
        problems = tuple(
            FieldProblem(f"NEURALNAV_{str(e['loc'][0]).upper()}", str(e.get("input", ""))[:80], e["msg"])
            for e in error.errors()
        )
        raise InvalidInputError("A setting cannot be used: " + "; ".join(map(str, problems)), problems) from None
