"""All settings in one place, read from ``NEURALNAV_*`` environment variables, ``DATABASE_URL`` and ``.env``."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Annotated

import platformdirs
from pydantic import AliasChoices, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from neuralnav.errors import FieldProblem, InvalidInputError

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
    """The address that the chat listens on. Anything but loopback needs ``password``."""

    port: Annotated[int, Field(ge=1, le=65535)] = 8000
    """The chat's port."""

    password: SecretStr | None = None
    """The password of the chat's user. Unset: on loopback the person at this machine is signed in."""

    auth_secret: SecretStr | None = None
    """Signs the chat's session cookies. Unset: one is made and kept under ``home``."""

    namespace: str = Field(default="neuralnav", pattern=r"^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$")
    """The Kubernetes namespace that manifests name."""

    planning_patience_s: Annotated[float, Field(ge=0, le=600)] = 30.0
    """The longest that simulating for one plan may take; the rest is estimated then. 0: nothing is simulated."""

    simulation_workers: Annotated[int, Field(ge=1, le=256)] | None = None
    """Processes that simulate. Unset: one a core."""

    turn_timeout_s: Annotated[float, Field(gt=0, le=600)] = 120.0
    """The longest that one turn of the conversation may take."""

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
