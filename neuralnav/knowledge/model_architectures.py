"""The shapes of the models that can be served."""

from __future__ import annotations

from neuralnav.knowledge.collection import Collection
from neuralnav.models.catalog import ModelArchitecture

MODEL_ARCHITECTURES = Collection(
    table="model_architectures",
    row_type=ModelArchitecture,
    key=lambda row: row.name.casefold(),
    select="""
        SELECT shape || jsonb_build_object(
            'name', name, 'published_parameters', published_parameters,
            'source', source, 'source_licence', source_licence, 'as_of', as_of
        ) AS document
        FROM model_architectures ORDER BY name
    """,
    insert="""
        INSERT INTO model_architectures (name, shape, published_parameters, source, source_licence, as_of)
        SELECT
            document ->> 'name',
            document - ARRAY['name', 'published_parameters', 'source', 'source_licence', 'as_of'],
            (document ->> 'published_parameters')::bigint,
            document ->> 'source',
            document ->> 'source_licence',
            document ->> 'as_of'
        FROM jsonb_array_elements($1::jsonb) AS document
    """,
    delete="""
        DELETE FROM model_architectures USING jsonb_array_elements($1::jsonb) AS document
        WHERE name = document ->> 'name'
    """,
)
