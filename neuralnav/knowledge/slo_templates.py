"""The use cases: their token shapes, p95 targets and users' activity."""

from __future__ import annotations

from neuralnav.knowledge.collection import Collection
from neuralnav.models.catalog import UseCaseTemplate

SLO_TEMPLATES = Collection(
    table="slo_templates",
    row_type=UseCaseTemplate,
    key=lambda row: row.use_case.value,
    select="""
        SELECT
            to_jsonb(slo_templates) - ARRAY['active_fraction', 'requests_per_active_user_per_min', 'peak_multiplier']
            || jsonb_build_object('activity', jsonb_build_object(
                'active_fraction', active_fraction,
                'requests_per_active_user_per_min', requests_per_active_user_per_min,
                'peak_multiplier', peak_multiplier
            )) AS document
        FROM slo_templates ORDER BY use_case
    """,
    insert="""
        INSERT INTO slo_templates
        SELECT (jsonb_populate_record(NULL::slo_templates, document || (document -> 'activity'))).*
        FROM jsonb_array_elements($1::jsonb) AS document
    """,
    delete="""
        DELETE FROM slo_templates USING jsonb_populate_recordset(NULL::slo_templates, $1::jsonb) AS gone
        WHERE slo_templates.use_case = gone.use_case
    """,
)
