"""What the rentable units cost."""

from __future__ import annotations

from neuralnav.knowledge.collection import Collection
from neuralnav.models.catalog import InstancePrice

COST_DATA = Collection(
    table="cost_data",
    row_type=InstancePrice,
    key=lambda row: f"{row.cloud_provider.value} {row.instance_type} {row.region}",
    select="""
        SELECT to_jsonb(cost_data) AS document FROM cost_data ORDER BY cloud_provider, instance_type, region
    """,
    insert="INSERT INTO cost_data SELECT * FROM jsonb_populate_recordset(NULL::cost_data, $1::jsonb)",
    delete="""
        DELETE FROM cost_data USING jsonb_populate_recordset(NULL::cost_data, $1::jsonb) AS gone
        WHERE cost_data.cloud_provider = gone.cloud_provider
            AND cost_data.instance_type = gone.instance_type
            AND cost_data.region = gone.region
    """,
)
