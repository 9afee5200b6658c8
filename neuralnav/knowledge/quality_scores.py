"""The models' scores on public benchmarks."""

from __future__ import annotations

from neuralnav.knowledge.collection import Collection
from neuralnav.models.catalog import QualityScore

QUALITY_SCORES = Collection(
    table="quality_scores",
    row_type=QualityScore,
    key=lambda row: f"{row.model} {row.benchmark}",
    select="SELECT to_jsonb(quality_scores) AS document FROM quality_scores ORDER BY model, benchmark",
    insert="INSERT INTO quality_scores SELECT * FROM jsonb_populate_recordset(NULL::quality_scores, $1::jsonb)",
    delete="""
        DELETE FROM quality_scores USING jsonb_populate_recordset(NULL::quality_scores, $1::jsonb) AS gone
        WHERE quality_scores.model = gone.model AND quality_scores.benchmark = gone.benchmark
    """,
)
