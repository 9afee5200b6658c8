CREATE DOMAIN partial_date AS text
    CHECK (VALUE ~ '^(unstated|\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?)$');

-- 'unstated' is what rows from before have; rows that come with NeuralNav or through its commands say all three.
ALTER TABLE model_architectures
    ADD COLUMN source_licence nonblank NOT NULL DEFAULT 'unstated',
    ADD COLUMN as_of partial_date NOT NULL DEFAULT 'unstated',
    ADD CHECK (NOT shape ?| ARRAY['source_licence', 'as_of']);
ALTER TABLE hardware_profiles
    ADD COLUMN source_licence nonblank NOT NULL DEFAULT 'unstated',
    ADD COLUMN as_of partial_date NOT NULL DEFAULT 'unstated';
ALTER TABLE cost_data
    ADD COLUMN source_licence nonblank NOT NULL DEFAULT 'unstated',
    ADD COLUMN as_of partial_date NOT NULL DEFAULT 'unstated';
CREATE INDEX ON cost_data (gpu_type);

CREATE FUNCTION explains_weights(reasons jsonb, weights jsonb) RETURNS boolean
    LANGUAGE sql IMMUTABLE
    RETURN COALESCE(
        jsonb_typeof(reasons) = 'object'
        AND NOT EXISTS (
            SELECT FROM jsonb_each(reasons) AS reason (benchmark, words)
            WHERE NOT weights ? benchmark OR jsonb_typeof(words) <> 'string' OR words #>> '{}' !~ '\S'
        ),
        false
    );

-- NOT VALID: rows that a user has entered before stay as they are until they are next edited.
ALTER TABLE slo_templates
    ADD COLUMN source_licence nonblank NOT NULL DEFAULT 'unstated',
    ADD COLUMN as_of partial_date NOT NULL DEFAULT 'unstated',
    ADD COLUMN quality_reasons jsonb NOT NULL DEFAULT '{}' CHECK (explains_weights(quality_reasons, quality_weights)),
    ADD CONSTRAINT first_token_comes_before_the_last CHECK (ttft_p95_ms < e2e_p95_ms) NOT VALID;

ALTER TABLE quality_scores
    ADD COLUMN source_licence nonblank NOT NULL DEFAULT 'unstated',
    ADD COLUMN as_of partial_date NOT NULL DEFAULT 'unstated',
    ADD COLUMN mode text NOT NULL DEFAULT 'direct' CHECK (mode IN ('direct', 'low_effort', 'reasoning'));

ALTER TABLE model_catalog
    ADD COLUMN source_licence nonblank NOT NULL DEFAULT 'unstated',
    ADD COLUMN as_of partial_date NOT NULL DEFAULT 'unstated',
    ADD COLUMN reasoning text NOT NULL DEFAULT 'none' CHECK (reasoning IN ('none', 'optional', 'always')),
    ADD COLUMN quality_tier text NOT NULL DEFAULT 'standard'
        CHECK (quality_tier IN ('standard', 'high', 'very_high')),
    ADD CONSTRAINT quantised_weights_name_their_format
        CHECK ((quantization IS NULL) = (precision = 'bf16')) NOT VALID,
    ADD CONSTRAINT open_licences_allow_commercial_use
        CHECK (licence_allows_commercial_use OR NOT licence_is_open) NOT VALID,
    ADD CONSTRAINT can_do_something CHECK (cardinality(tasks) > 0) NOT VALID;
CREATE INDEX ON model_catalog (architecture);
CREATE INDEX ON model_catalog (short_name);

CREATE TABLE deployment_templates (
    name text PRIMARY KEY CHECK (name ~ '^[a-z0-9]([a-z0-9.-]{0,98}[a-z0-9])?$'),
    use_case text NOT NULL REFERENCES slo_templates DEFERRABLE,
    min_peak_qps double precision NOT NULL CHECK (min_peak_qps >= 0 AND min_peak_qps <= 1000000),
    max_peak_qps double precision NOT NULL CHECK (max_peak_qps <= 1000000),
    model text NOT NULL REFERENCES model_catalog ON UPDATE CASCADE DEFERRABLE,
    precision text NOT NULL CHECK (precision IN ('bf16', 'fp8', 'int8', 'int4', 'fp4')),
    gpu_type gpu_type NOT NULL REFERENCES hardware_profiles DEFERRABLE,
    tensor_parallel integer NOT NULL CHECK (tensor_parallel BETWEEN 1 AND 64),
    replicas integer CHECK (replicas BETWEEN 1 AND 100000),
    kept_by nonblank NOT NULL CHECK (length(kept_by) <= 200),
    source nonblank NOT NULL,
    source_licence nonblank NOT NULL,
    as_of partial_date NOT NULL,
    CHECK (min_peak_qps < max_peak_qps)
);
CREATE INDEX ON deployment_templates (use_case, min_peak_qps);
CREATE INDEX ON deployment_templates (model);
CREATE INDEX ON deployment_templates (gpu_type);
