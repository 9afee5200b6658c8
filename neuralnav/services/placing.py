"""Deploying by the settings: for what target, in what way, and where it runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import ValidationError

from neuralnav.deployment.manifests import ManifestOptions
from neuralnav.deployment.runtime import Runtime
from neuralnav.errors import InvalidInputError
from neuralnav.models.deployment import Delivery, DeploymentTarget
from neuralnav.models.problems import problems_of
from neuralnav.observability.prometheus import PrometheusAccess
from neuralnav.services.committing import GitDeliverer
from neuralnav.services.delivery import Deliverer
from neuralnav.services.deployment import DeploymentService, Placing
from neuralnav.services.knowledge import Knowledge
from neuralnav.services.observing import Observatory
from neuralnav.services.patience import Patience
from neuralnav.services.records import Records
from neuralnav.services.running import RunDeliverer
from neuralnav.services.runtimes import Runtimes
from neuralnav.settings import Settings

if TYPE_CHECKING:
    from neuralnav.deployment.cluster.runtime import ClusterRuntime


def placed(
    settings: Settings, knowledge: Knowledge, records: Records | None = None, observatory: Observatory | None = None
) -> DeploymentService:
    """Deploying as ``settings`` say; nothing is opened or reached before it is needed.

    ``observatory`` reads what deployments do; unset, one of its own does.
    """
    observatory = observatory or observatory_of(settings)
    return DeploymentService(
        knowledge,
        settings.manifests_dir,
        settings.namespace,
        records,
        placing=Placing(
            settings.deployment_target, settings.engine_mode, settings.delivery, manifest_options(settings)
        ),
        ways=_ways(settings, knowledge, observatory.runtimes),
        observatory=observatory,
    )


def _ways(settings: Settings, knowledge: Knowledge, runtimes: Runtimes) -> dict[Delivery, Deliverer]:
    ways: dict[Delivery, Deliverer] = {Delivery.RUN: RunDeliverer(runtimes, knowledge, patience_of(settings))}
    if settings.git_repository is not None:
        ways[Delivery.GIT] = GitDeliverer(settings.git_repository, settings.git_path)
    return ways


def manifest_options(settings: Settings) -> ManifestOptions:
    """What manifests are built with besides the plan; whoever takes files or commits reviews the code of models.

    Raises:
        InvalidInputError: an address or an image in ``settings`` cannot stand in a manifest.
    """
    given = {
        "prometheus_url": settings.monitoring_url,
        "simulator_image": settings.simulator_image,
        "storage_uri": settings.storage_uri,
        "storage_class": settings.storage_class,
        "shared_storage_class": settings.shared_storage_class,
        "allow_trust_remote_code": settings.allow_trust_remote_code or settings.delivery is not Delivery.RUN,
        "local_replicas": settings.local_replicas,
    }
    try:
        return ManifestOptions.model_validate({name: value for name, value in given.items() if value is not None})
    except ValidationError as error:
        problems = problems_of(error, "settings")
        raise InvalidInputError(f"A setting cannot be used: {'; '.join(map(str, problems))}", problems) from None


def runtimes_of(settings: Settings) -> Runtimes:
    """Where deployments run."""

    async def local() -> Runtime:
        from neuralnav.deployment.local.runtime import LocalRuntime

        return LocalRuntime(settings.home, change_seconds=patience_of(settings).change_s)

    async def cluster() -> Runtime:
        return await connected(settings)

    on_a_cluster = (DeploymentTarget.KSERVE, DeploymentTarget.KUBERNETES, DeploymentTarget.LLM_D)
    return Runtimes({DeploymentTarget.LOCAL: local} | dict.fromkeys(on_a_cluster, cluster))


async def connected(settings: Settings) -> ClusterRuntime:
    """The cluster of ``settings``, and what may be deployed to it; nothing is asked of it yet.

    Raises:
        InvalidInputError: the kubeconfig cannot be used.
        UnavailableError: no cluster is configured.
    """
    from neuralnav.deployment.cluster.policy import Policy
    from neuralnav.deployment.cluster.runtime import ClusterRuntime

    bounds: dict[str, object] = {
        "namespaces": settings.allowed_namespaces or (settings.namespace,),
        "max_gpus": settings.max_gpus,
        "trust_remote_code": settings.allow_trust_remote_code,
    }
    if settings.allowed_registries:
        bounds["registries"] = settings.allowed_registries
    policy = Policy.model_validate(bounds)
    return await ClusterRuntime.connect(
        settings.kubeconfig,
        settings.context,
        policy=policy,
        nodes_may_grow=settings.nodes_may_grow,
        removal_seconds=patience_of(settings).removal_s,
    )


def patience_of(settings: Settings) -> Patience:
    """How long the parts of one turn may wait."""
    return Patience.within(settings.turn_timeout_s, settings.ready_patience_s)


def observatory_of(settings: Settings) -> Observatory:
    """What reads deployments' metrics."""
    url = settings.prometheus_url
    return Observatory(
        runtimes_of(settings), PrometheusAccess(url=url, token=settings.prometheus_token) if url else None
    )
