CREATE DOMAIN digest64 AS text CHECK (VALUE ~ '^[0-9a-f]{16}$');

CREATE FUNCTION rises(figures real[], loads integer, most real) RETURNS boolean
    LANGUAGE sql IMMUTABLE
    RETURN COALESCE(
        array_ndims(figures) = 1
        AND cardinality(figures) = loads
        AND figures[1] > 0
        AND figures[loads] <= most
        AND NOT EXISTS (
            SELECT FROM unnest(figures[1:loads - 1], figures[2:loads]) AS pair (here, there)
            WHERE pair.here IS NULL OR pair.there IS NULL OR pair.here = 'NaN' OR pair.here > pair.there
        ),
        false
    );

-- Editions of the performance model that figures were made with, each with its bands as they were then.
CREATE TABLE calibrations (
    edition text PRIMARY KEY CHECK (edition ~ '^[a-z0-9][a-z0-9.-]{0,99}$'),
    document jsonb NOT NULL CHECK (document ?& ARRAY['version', 'method', 'source', 'licence', 'rows', 'bands']),
    version text NOT NULL GENERATED ALWAYS AS (document ->> 'version') STORED,
    first_used_at timestamptz NOT NULL DEFAULT now()
);

-- Shapes of load whose surfaces were simulated, for one edition of the performance model; those that are not asked for
-- any more make room (see neuralnav.knowledge.capacity_surfaces).
CREATE TABLE capacity_shapes (
    edition text REFERENCES calibrations,
    shape digest64,
    document jsonb NOT NULL CHECK (jsonb_typeof(document) = 'object'),
    made_at timestamptz NOT NULL DEFAULT now(),
    used_at timestamptz NOT NULL DEFAULT now() CHECK (used_at >= made_at),
    PRIMARY KEY (edition, shape)
);
CREATE INDEX ON capacity_shapes (used_at);

-- One simulated engine under one shape of load; milliseconds, requests/s and requests in flight by load.
CREATE TABLE capacity_surfaces (
    edition text,
    shape digest64,
    engine digest64,
    saturation_qps real NOT NULL CHECK (saturation_qps > 0 AND saturation_qps <= 1000000),
    ttft_p95_ms real[] NOT NULL CHECK (rises(ttft_p95_ms, 13, 1e12)),
    itl_p95_ms real[] NOT NULL CHECK (rises(itl_p95_ms, 13, 1e12)),
    e2e_p95_ms real[] NOT NULL CHECK (rises(e2e_p95_ms, 13, 1e12)),
    sequences real[] NOT NULL CHECK (rises(sequences, 13, 1e9)),
    PRIMARY KEY (edition, shape, engine),
    FOREIGN KEY (edition, shape) REFERENCES capacity_shapes ON DELETE CASCADE
);

-- Counts the changes of what planning reads, so that a planner knows with one small query that nothing did.
CREATE TABLE reference_state (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    changes bigint NOT NULL CHECK (changes >= 0)
);
INSERT INTO reference_state (changes) VALUES (0);

CREATE FUNCTION count_reference_change() RETURNS trigger
    LANGUAGE plpgsql
    AS $$ BEGIN UPDATE reference_state SET changes = changes + 1; RETURN NULL; END $$;

DO $$
DECLARE
    collection regclass;
BEGIN
    FOREACH collection IN ARRAY ARRAY[
        'model_architectures', 'model_catalog', 'hardware_profiles', 'cost_data', 'slo_templates', 'quality_scores',
        'deployment_templates', 'model_benchmarks'
    ]::regclass[] LOOP
        EXECUTE format(
            'CREATE TRIGGER counted AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON %s '
            'FOR EACH STATEMENT EXECUTE FUNCTION count_reference_change()',
            collection
        );
    END LOOP;
END $$;
