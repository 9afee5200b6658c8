"""The GPUs that models can be served on."""

from __future__ import annotations

from neuralnav.knowledge.collection import Collection
from neuralnav.models.catalog import GpuProfile

HARDWARE_PROFILES = Collection(
    table="hardware_profiles",
    row_type=GpuProfile,
    key=lambda row: row.gpu_type.value,
    select="SELECT to_jsonb(hardware_profiles) AS document FROM hardware_profiles ORDER BY gpu_type",
    insert="INSERT INTO hardware_profiles SELECT * FROM jsonb_populate_recordset(NULL::hardware_profiles, $1::jsonb)",
    delete="""
        DELETE FROM hardware_profiles USING jsonb_populate_recordset(NULL::hardware_profiles, $1::jsonb) AS gone
        WHERE hardware_profiles.gpu_type = gone.gpu_type
    """,
)
