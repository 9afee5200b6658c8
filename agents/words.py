"""What a language model may say about a text: words from closed sets, never a figure or a name."""

from __future__ import annotations

from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field

from neuralnav.models.vocabulary import Burstiness, LicenceDemand, Priority, Quality, UseCase


class RequestWords(BaseModel):
    """What a person needs a model for, as far as words tell."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    use_case: UseCase | None = Field(description="What the people do with the model; null when not said.")
    priority: Priority | None = Field(description="What counts most; null when not said.")
    subject_matter: str | None = Field(default=None, max_length=80, description="Field of knowledge.")
    quality: Quality | None = None
    licence: LicenceDemand | None = None
    burstiness: Burstiness | None = None
    streaming: bool | None = None


class ReplyKind(StrEnum):
    """What a reply may be taken for on a language model's word alone: nothing that changes or approves."""

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
