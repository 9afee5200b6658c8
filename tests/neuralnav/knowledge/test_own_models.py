"""Models of a user's own in the database: added with their shape, and removed."""

from __future__ import annotations

import pytest

from neuralnav.errors import InvalidInputError, NotFoundError
from neuralnav.knowledge.database import Database
from neuralnav.knowledge.deployment_templates import keep_template, list_templates, remove_template
from neuralnav.knowledge.own_models import add_model, remove_model
from neuralnav.knowledge.reference import load_reference
from neuralnav.knowledge.seeding import SeedReport, seed
from neuralnav.knowledge.seeds import read_seeds

pytestmark = pytest.mark.database

SEEDS = read_seeds()
SHAPE = SEEDS.architectures[0].model_copy(update={"name": "our/Model", "checkpoints": ()})
MODEL = SEEDS.models[0].model_copy(update={"model_id": "our/Model", "architecture": "our/Model"})


async def test_a_model_comes_and_goes_with_its_shape_and_seeding_leaves_it_alone(database: Database) -> None:
    before = await load_reference(database.pool)
    await add_model(database.pool, MODEL, SHAPE)
    assert await seed(database.pool, SEEDS) == SeedReport()
    loaded = await load_reference(database.pool)
    assert MODEL in loaded.models
    assert SHAPE in loaded.architectures
    await remove_model(database.pool, "OUR/model")
    assert await load_reference(database.pool) == before


async def test_a_shape_that_shipped_stays_when_its_last_model_goes(database: Database) -> None:
    used = {template.model for template in await list_templates(database.pool)}
    alone = next(
        model
        for model in SEEDS.models
        if model.model_id not in used and [m.architecture for m in SEEDS.models].count(model.architecture) == 1
    )
    await remove_model(database.pool, alone.model_id)
    loaded = await load_reference(database.pool)
    assert alone.model_id not in {model.model_id for model in loaded.models}
    assert alone.architecture in {shape.name for shape in loaded.architectures}


async def test_a_name_that_is_taken_is_refused_and_nothing_is_written(database: Database) -> None:
    taken = MODEL.model_copy(update={"model_id": SEEDS.models[0].model_id.upper()})
    with pytest.raises(InvalidInputError, match="id: "):
        await add_model(database.pool, taken, SHAPE)
    assert "our/Model" not in {shape.name for shape in (await load_reference(database.pool)).architectures}


async def test_a_model_that_a_template_of_somebodys_own_names_is_not_removed_and_the_template_is_named(
    database: Database,
) -> None:
    before = await list_templates(database.pool)
    own = before[0].model_copy(update={"name": "help-desk", "kept_by": "ada"})
    await keep_template(database.pool, own)
    with pytest.raises(InvalidInputError, match="help-desk does: 'templates remove' first") as caught:
        await remove_model(database.pool, own.model.upper())
    assert caught.value.problems[0].field == "model"
    assert set(await list_templates(database.pool)) == {*before, own}
    await remove_template(database.pool, "help-desk")
    await remove_model(database.pool, own.model)


async def test_templates_that_ship_go_with_their_model_and_both_stay_away(database: Database) -> None:
    before = await list_templates(database.pool)
    model = before[0].model
    gone = await remove_model(database.pool, model.lower())
    assert gone == tuple(sorted(template.name for template in before if template.model == model))
    newer = SEEDS.model_copy(update={"quality_scores": SEEDS.quality_scores[1:]})
    await seed(database.pool, newer)
    assert await list_templates(database.pool) == tuple(one for one in before if one.model != model)
    assert model not in {one.model_id for one in (await load_reference(database.pool)).models}


async def test_removing_what_is_not_there_is_refused(database: Database) -> None:
    with pytest.raises(NotFoundError, match="no/one"):
        await remove_model(database.pool, "no/one")
