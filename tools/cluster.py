"""The tool that looks at what the cluster has."""

from __future__ import annotations

from langchain_core.tools import BaseTool, StructuredTool
from pydantic import BaseModel, Field

from neuralnav.models.cluster import ClusterGpus
from neuralnav.models.vocabulary import GpuType
from neuralnav.services.cluster import ClusterService


class GpusArguments(BaseModel):
    """Arguments of ``gpus_of_cluster``."""

    excluded: list[GpuType] = Field(default_factory=list, description="GPUs that are not to be used.")


def cluster_tools(service: ClusterService) -> list[BaseTool]:
    """The tools over ``service``."""

    async def gpus_of_cluster(excluded: list[GpuType]) -> ClusterGpus:
        return await service.free_gpus(excluded)

    return [
        StructuredTool.from_function(
            coroutine=gpus_of_cluster,
            description="Say which GPUs are free in the cluster, as constraints of a plan. Changes nothing.",
            args_schema=GpusArguments,
        )
    ]
