"""Models that a user adds to the catalogue, or takes out of it."""

from __future__ import annotations

import asyncpg
from pydantic import RootModel

from neuralnav.errors import FieldProblem, InvalidInputError, NotFoundError
from neuralnav.knowledge.connections import Pool, pooled
from neuralnav.knowledge.model_architectures import MODEL_ARCHITECTURES
from neuralnav.knowledge.model_catalog import MODEL_CATALOG
from neuralnav.models.catalog import CatalogModel, ModelArchitecture
from neuralnav.models.figures import listed
from neuralnav.models.options import SHIPPED


async def add_model(pool: Pool, model: CatalogModel, architecture: ModelArchitecture | None) -> None:
    """Write a model and its shape, both or neither; ``None``: the knowledge base has the shape.

    Raises:
        InvalidInputError: the catalogue has a model, or another shape, of that name.
        UnavailableError: the database does not answer.
    """
    async with pooled(pool) as connection:
        try:
            async with connection.transaction():
                if architecture is not None:
                    await connection.execute(MODEL_ARCHITECTURES.insert, RootModel([architecture]).model_dump_json())
                await connection.execute(MODEL_CATALOG.insert, RootModel([model]).model_dump_json())
        except asyncpg.UniqueViolationError:
            allowed = "an id that the knowledge base does not have; 'models remove' frees one of yours"
            problem = FieldProblem("id", model.model_id, allowed)
            raise InvalidInputError(f"This model cannot be added: {problem}.", (problem,)) from None


async def remove_model(pool: Pool, model_id: str) -> tuple[str, ...]:
    """Take a model out of the catalogue, and its shape as well where that came with it and nothing else has it.

    The deployment templates of the model that came with NeuralNav go with it; returns their names. They and a model
    that ships stay away from then on.

    Raises:
        NotFoundError: the catalogue has no model of that id, in any letter case.
        InvalidInputError: deployment templates that somebody kept name it; the error lists them.
        UnavailableError: the database does not answer.
    """
    async with pooled(pool) as connection, connection.transaction():
        await connection.execute("LOCK TABLE deployment_templates IN SHARE ROW EXCLUSIVE MODE")
        kept = await connection.fetch(
            "SELECT name FROM deployment_templates WHERE lower(model) = lower($1) AND kept_by <> $2 ORDER BY name",
            model_id,
            SHIPPED,
        )
        if kept:
            names = listed([record["name"] for record in kept])
            allowed = f"a model that no template of somebody's own names; {names} does: 'templates remove' first"
            problem = FieldProblem("model", model_id[:120], allowed)
            raise InvalidInputError(f"This model cannot be removed: {problem}.", (problem,))
        shipped = await connection.fetch(
            "DELETE FROM deployment_templates WHERE lower(model) = lower($1) RETURNING name", model_id
        )
        gone = await connection.fetchrow(
            "DELETE FROM model_catalog WHERE lower(model_id) = lower($1) RETURNING model_id, architecture", model_id
        )
        if gone is None:
            problem = FieldProblem("model", model_id[:120], "an id of 'models list'")
            raise NotFoundError(f"No such model: {problem}.", (problem,))
        await connection.execute(
            """
            DELETE FROM model_architectures
            WHERE name = $1
                AND NOT EXISTS (SELECT FROM model_catalog WHERE architecture = $1)
                AND NOT EXISTS (
                    SELECT FROM seed_rows WHERE collection = 'model_architectures' AND row_key = lower($1)
                )
            """,
            gone["architecture"],
        )
    return tuple(sorted(record["name"] for record in shipped))
