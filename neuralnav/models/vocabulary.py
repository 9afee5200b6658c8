"""The words of the domain as closed sets."""

from __future__ import annotations

from enum import StrEnum


class UseCase(StrEnum):
    """What the people do with the model; each has its own token shape and targets."""

    CHATBOT = "chatbot_conversational"
    CODE_COMPLETION = "code_completion"
    CODE_GENERATION = "code_generation_detailed"
    TRANSLATION = "translation"
    CONTENT_GENERATION = "content_generation"
    SUMMARIZATION_SHORT = "summarization_short"
    DOCUMENT_RAG = "document_analysis_rag"
    SUMMARIZATION_LONG = "long_document_summarization"
    RESEARCH_LEGAL = "research_legal_analysis"


class Priority(StrEnum):
    """What counts most when options are ranked."""

    ACCURACY = "accuracy"
    LATENCY = "latency"
    COST = "cost"
    BALANCED = "balanced"


class Quality(StrEnum):
    """The least model quality that is acceptable."""

    STANDARD = "standard"
    HIGH = "high"
    VERY_HIGH = "very_high"


class LicenceDemand(StrEnum):
    """Which model licences are acceptable: any, open-source ones, or ones that allow commercial use."""

    ANY = "any"
    OPEN = "open"
    COMMERCIAL = "commercial"


class Burstiness(StrEnum):
    """How requests arrive: ``steady`` is a Poisson process, ``bursty`` a gamma one with a variation of 2."""

    STEADY = "steady"
    BURSTY = "bursty"


class CloudProvider(StrEnum):
    """Who rents out the GPUs."""

    AWS = "aws"
    GCP = "gcp"
    AZURE = "azure"


class Precision(StrEnum):
    """The number format of the weights."""

    BF16 = "bf16"
    FP8 = "fp8"
    INT8 = "int8"
    INT4 = "int4"
    FP4 = "fp4"


class Source(StrEnum):
    """Where a number comes from."""

    MEASURED = "measured"
    SIMULATED = "simulated"
    ESTIMATED = "estimated"
    """By formulas, until it is simulated."""
    CALIBRATED = "calibrated"
    DECLARED = "declared"


class View(StrEnum):
    """One way to rank the options."""

    BEST_ACCURACY = "best_accuracy"
    LOWEST_COST = "lowest_cost"
    LOWEST_LATENCY = "lowest_latency"
    SIMPLEST = "simplest"
    BALANCED = "balanced"


class GpuType(StrEnum):
    """The canonical GPU ids."""

    T4 = "T4"
    L4 = "L4"
    A10G = "A10G"
    L40S = "L40S"
    RTX_PRO_6000 = "RTX-PRO-6000"
    A100_40GB = "A100-40GB"
    A100_80GB = "A100-80GB"
    H100 = "H100"
    GH200 = "GH200"
    H200 = "H200"
    B200 = "B200"
    B300 = "B300"
    GB200 = "GB200"
    MI300X = "MI300X"
    MI325X = "MI325X"
