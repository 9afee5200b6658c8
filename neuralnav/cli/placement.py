"""What was said on the command line of where deployments go, and what the environment allows of it."""

from __future__ import annotations

from pydantic import ValidationError

from neuralnav.errors import FieldProblem, InvalidInputError
from neuralnav.models.problems import problems_of
from neuralnav.settings import Settings, get_settings


def settings_with(**options: str | None) -> Settings:
    """The settings of this process with the values of ``options`` of the same names; ``None``: not given.

    Raises:
        InvalidInputError: an option has a value that its setting cannot have.
    """
    given = {name: value for name, value in options.items() if value is not None}
    return _changed(get_settings(), given)


def settings_to_deploy(namespace: str | None, **options: str | None) -> Settings:
    """The same, for deployments into ``namespace``, if given, and into what else is allowed.

    The bounds are those of the environment: an option does not lift them. Where it names no namespace at all, nothing
    but the option says where deployments go, so that one is allowed.

    Raises:
        InvalidInputError: an option has a value that its setting cannot have, or the namespace is not allowed.
    """
    chosen = settings_with(namespace=namespace, **options)
    allowed = _allowed_namespaces() or (chosen.namespace,)
    if namespace is not None and namespace not in allowed:
        bound = f"{', '.join(allowed)}; NEURALNAV_ALLOWED_NAMESPACES allows more"
        problem = FieldProblem("--namespace", namespace, bound)
        raise InvalidInputError(f"Deployments may not go into this namespace: {problem}.", (problem,))
    return _changed(chosen, {"allowed_namespaces": allowed})


def _allowed_namespaces() -> tuple[str, ...]:
    """Where the environment lets deployments go; empty: it does not say."""
    settings = get_settings()
    named = (settings.namespace,) if "namespace" in settings.model_fields_set else ()
    return settings.allowed_namespaces or named


def _changed(settings: Settings, given: dict[str, str] | dict[str, tuple[str, ...]]) -> Settings:
    try:
        return Settings.model_validate(settings.model_dump() | given)
    except ValidationError as error:
        found = problems_of(error, "options")
        problems = tuple(FieldProblem(f"--{problem.field}", problem.value, problem.allowed) for problem in found)
        raise InvalidInputError(f"An option cannot be used: {'; '.join(map(str, problems))}.", problems) from None
