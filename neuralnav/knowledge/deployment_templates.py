"""Configurations that are offered first for a use case at a scale: read, kept and removed."""

from __future__ import annotations

import asyncpg
from pydantic import RootModel

from neuralnav.errors import FieldProblem, InvalidInputError, NotFoundError
from neuralnav.knowledge.collection import Collection
from neuralnav.knowledge.connections import Pool, pooled
from neuralnav.models.template import DeploymentTemplate

DEPLOYMENT_TEMPLATES = Collection(
    table="deployment_templates",
    row_type=DeploymentTemplate,
    key=lambda row: row.name,
    select="SELECT to_jsonb(deployment_templates) AS document FROM deployment_templates ORDER BY name",
    insert="""
        INSERT INTO deployment_templates
        SELECT * FROM jsonb_populate_recordset(NULL::deployment_templates, $1::jsonb)
    """,
    delete="""
        DELETE FROM deployment_templates USING jsonb_populate_recordset(NULL::deployment_templates, $1::jsonb) AS gone
        WHERE deployment_templates.name = gone.name
    """,
)


async def list_templates(pool: Pool) -> tuple[DeploymentTemplate, ...]:
    """Every template, by name.

    Raises:
        UnavailableError: the database does not answer.
    """
    async with pooled(pool) as connection:
        return await DEPLOYMENT_TEMPLATES.load(connection)


async def keep_template(pool: Pool, template: DeploymentTemplate) -> None:
    """Add ``template``.

    Raises:
        InvalidInputError: its name is taken, or its model, GPU or use case is not in the knowledge base.
        UnavailableError: the database does not answer.
    """
    async with pooled(pool) as connection:
        try:
            await connection.execute(DEPLOYMENT_TEMPLATES.insert, RootModel([template]).model_dump_json())
        except asyncpg.UniqueViolationError:
            raise _refusal("name", template.name, "a name that no template has; 'templates remove' frees one") from None
        except asyncpg.ForeignKeyViolationError as error:
            field = next(field for field in ("model", "gpu_type", "use_case") if field in str(error.constraint_name))
            raise _refusal(field, str(getattr(template, field)), "one of the knowledge base") from None


async def remove_template(pool: Pool, name: str) -> None:
    """Remove the template called ``name``; one that came with NeuralNav stays away.

    Raises:
        NotFoundError: there is none of that name; the error lists those that there are.
        UnavailableError: the database does not answer.
    """
    async with pooled(pool) as connection:
        gone = await connection.fetchval("DELETE FROM deployment_templates WHERE name = $1 RETURNING name", name)
        if gone is None:
            names = [row["name"] for row in await connection.fetch("SELECT name FROM deployment_templates ORDER BY 1")]
            problem = FieldProblem("name", name[:80], ", ".join(names) or "none, there is no template")
            raise NotFoundError(f"No such template: {problem}.", (problem,))


def _refusal(field: str, value: str, allowed: str) -> InvalidInputError:
    problem = FieldProblem(field, value, allowed)
    return InvalidInputError(f"This template cannot be kept: {problem}.", (problem,))
