"""The models that can be served."""

from __future__ import annotations

from neuralnav.knowledge.collection import Collection
from neuralnav.models.catalog import CatalogModel

MODEL_CATALOG = Collection(
    table="model_catalog",
    row_type=CatalogModel,
    key=lambda row: row.model_id.casefold(),
    select="SELECT to_jsonb(model_catalog) AS document FROM model_catalog ORDER BY model_id",
    insert="INSERT INTO model_catalog SELECT * FROM jsonb_populate_recordset(NULL::model_catalog, $1::jsonb)",
    delete="""
        DELETE FROM model_catalog USING jsonb_populate_recordset(NULL::model_catalog, $1::jsonb) AS gone
        WHERE model_catalog.model_id = gone.model_id
    """,
)
