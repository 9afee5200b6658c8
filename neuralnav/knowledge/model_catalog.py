"""The models that can be served, 16-bit weights first: a short name means the first of its models."""

from __future__ import annotations

from neuralnav.knowledge.collection import Collection
from neuralnav.models.catalog import CatalogModel

MODEL_CATALOG = Collection(
    table="model_catalog",
    row_type=CatalogModel,
    key=lambda row: row.model_id.casefold(),
    select="""
        SELECT to_jsonb(model_catalog) AS document FROM model_catalog
        ORDER BY
            short_name COLLATE "C",
            array_position(ARRAY['bf16', 'fp8', 'int8', 'int4', 'fp4'], precision),
            model_id COLLATE "C"
    """,
    insert="INSERT INTO model_catalog SELECT * FROM jsonb_populate_recordset(NULL::model_catalog, $1::jsonb)",
    delete="""
        DELETE FROM model_catalog USING jsonb_populate_recordset(NULL::model_catalog, $1::jsonb) AS gone
        WHERE model_catalog.model_id = gone.model_id
    """,
)
