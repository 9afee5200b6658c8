"""What a language model may say about a text: words from closed sets, and quotes of the person's own words.

It never says a figure or a name: it points at the words that hold one, and rules read these.
Every field is required, so that an answer that was cut off shows.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from neuralnav.models.vocabulary import Burstiness, LicenceDemand, Priority, Quality, UseCase

MAX_QUOTE_CHARACTERS = 200
MAX_QUOTES = 16


class QuotedField(StrEnum):
    """What a quote can say something about: fields of the intent."""

    USE_CASE = "use_case"
    PRIORITY = "priority"
    QUALITY = "quality"
    LICENCE = "licence"
    BURSTINESS = "burstiness"
    STREAMING = "streaming"
    USER_COUNT = "user_count"
    CONCURRENT_USERS = "concurrent_users"
    ACTIVE_FRACTION = "active_fraction"
    EXPECTED_QPS = "expected_qps"
    THROUGHPUT_RPS = "throughput_rps"
    PROMPT_TOKENS = "prompt_tokens"
    OUTPUT_TOKENS = "output_tokens"
    MAX_MONTHLY_COST_USD = "max_monthly_cost_usd"
    MAX_HOURLY_COST_USD = "max_hourly_cost_usd"
    MAX_COST_PER_1K_TOKENS_USD = "max_cost_per_1k_tokens_usd"
    TTFT_P95_MS = "ttft_p95_ms"
    ITL_P95_MS = "itl_p95_ms"
    E2E_P95_MS = "e2e_p95_ms"
    RELIABILITY_PCT = "reliability_pct"
    PREFERRED_MODELS = "preferred_models"
    EXCLUDED_MODELS = "excluded_models"
    AVAILABLE_GPUS = "available_gpus"
    MAX_GPUS = "max_gpus"
    MAX_TENSOR_PARALLEL = "max_tensor_parallel"
    CLOUD_PROVIDER = "cloud_provider"
    REGION = "region"


class Quote(BaseModel):
    """The person's own words for one field."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    field: QuotedField
    words: str = Field(max_length=MAX_QUOTE_CHARACTERS, description="Copied from the text, letter for letter.")


Quotes = Annotated[
    tuple[Quote, ...],
    Field(max_length=MAX_QUOTES, description="The person's words for each field that they said something about."),
]


class RequestWords(BaseModel):
    """What a person needs a model for. A word counts only with a quote for its field."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    use_case: UseCase | None = Field(description="What the people do with the model; null when not said.")
    priority: Priority | None = Field(description="What counts most; null when not said.")
    subject_matter: Annotated[str, Field(max_length=80)] | None = Field(
        description="Field of knowledge, in the person's words; null when not said."
    )
    quality: Quality | None = Field(description="The least quality; null when not said.")
    licence: LicenceDemand | None = Field(description="Which licences are allowed; null when not said.")
    burstiness: Burstiness | None = Field(description="How requests arrive; null when not said.")
    streaming: bool | None = Field(description="Whether answers are read as they come; null when not said.")
    quotes: Quotes


class ReplyKind(StrEnum):
    """What a reply may be taken for on a language model's word.

    An edit or a what-if needs quotes and is shown before anything follows from it; so is an edit by what the cluster
    has, whose values the cluster gives. What confirms, chooses, approves,
    ends or undoes something is not among these: that takes words that the rules know.
    """

    EDIT = "edit"
    WHAT_IF = "what_if"
    USE_CLUSTER = "use_cluster"
    EXPLAIN = "explain"
    BACK = "back"
    STATUS = "status"
    THANKS = "thanks"
    UNKNOWN_ANSWER = "unknown_answer"
    UNCLEAR = "unclear"


class ReplyWords(BaseModel):
    """What a person's reply asks for, as far as words tell."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    kind: ReplyKind = Field(description="What the person wants to do.")
    quotes: Quotes
