CREATE FUNCTION are_template_arguments(arguments jsonb) RETURNS boolean
    LANGUAGE sql IMMUTABLE
    RETURN COALESCE(
        jsonb_typeof(arguments) = 'object'
        AND (SELECT count(*) <= 3 FROM jsonb_object_keys(arguments))
        AND NOT EXISTS (
            SELECT FROM jsonb_each(arguments) AS argument (name, value)
            WHERE name !~ '^[a-z][a-z0-9_]{0,39}$'
                OR name IN ('chat_template', 'tokenize')
                OR NOT CASE jsonb_typeof(value)
                    WHEN 'boolean' THEN true
                    WHEN 'string' THEN value #>> '{}' ~ '^[A-Za-z0-9._-]{1,40}$'
                    ELSE false
                END
        ),
        false
    );

ALTER TABLE model_catalog
    ADD COLUMN chat_template_kwargs jsonb NOT NULL DEFAULT '{}' CHECK (are_template_arguments(chat_template_kwargs)),
    ADD COLUMN request_hint nonblank CHECK (length(request_hint) <= 300);

-- A moment of one deployment. Ranges of them overlap where deployments are the same and times overlap, which an exclusion
-- over deployment and time needs no extension for.
CREATE TYPE deployment_moment AS (deployment_id uuid, moment timestamptz);
CREATE TYPE deployment_window AS RANGE (subtype = deployment_moment);

-- What one deployment did in one window of time, over all its replicas. Averages and verdicts follow from the figures
-- beside them, so they cannot contradict them. TTFT and E2E are not compared with each other: they come from histograms
-- with buckets of their own, over requests that began before or end after the window.
CREATE TABLE deployment_outcomes (
    deployment_id uuid REFERENCES deployments,
    window_from timestamptz NOT NULL CHECK (window_from >= '2020-01-01 00:00:00+00'),
    window_to timestamptz CHECK (window_to > window_from AND window_to - window_from <= interval '31 days'),
    source text NOT NULL CHECK (source IN ('prometheus', 'scraped', 'validation')),
    engine_version text CHECK (engine_version ~ '^[A-Za-z0-9][\w.+-]*$' AND length(engine_version) <= 60),
    replicas integer NOT NULL CHECK (replicas BETWEEN 1 AND 100000),

    requests bigint NOT NULL CHECK (requests BETWEEN 0 AND 1000000000000),
    errors bigint NOT NULL CHECK (errors BETWEEN 0 AND requests),
    peak_qps double precision NOT NULL CHECK (peak_qps >= 0 AND peak_qps <= 1000000),
    prompt_tokens_mean mean_tokens,
    output_tokens_mean mean_tokens,

    ttft_mean_ms measured_ms,
    ttft_p95_ms measured_ms,
    itl_mean_ms measured_ms,
    itl_p95_ms measured_ms,
    e2e_mean_ms measured_ms,
    e2e_p95_ms measured_ms,
    target_ttft_p95_ms milliseconds NOT NULL,
    target_itl_p95_ms milliseconds NOT NULL,
    target_e2e_p95_ms milliseconds NOT NULL,

    gpu_memory_utilisation ratio,
    compute_utilisation ratio,
    cost_usd double precision CHECK (cost_usd >= 0 AND cost_usd <= 1000000000),
    recorded_by nonblank NOT NULL CHECK (length(recorded_by) <= 200),
    recorded_at timestamptz NOT NULL,

    average_qps double precision NOT NULL
        GENERATED ALWAYS AS (requests / extract(epoch FROM window_to - window_from)::double precision) STORED,
    ttft_met boolean GENERATED ALWAYS AS (ttft_p95_ms <= target_ttft_p95_ms) STORED,
    itl_met boolean GENERATED ALWAYS AS (itl_p95_ms <= target_itl_p95_ms) STORED,
    e2e_met boolean GENERATED ALWAYS AS (e2e_p95_ms <= target_e2e_p95_ms) STORED,
    slo_met boolean GENERATED ALWAYS AS (
        ttft_p95_ms <= target_ttft_p95_ms AND itl_p95_ms <= target_itl_p95_ms AND e2e_p95_ms <= target_e2e_p95_ms
    ) STORED,

    PRIMARY KEY (deployment_id, window_to),
    CONSTRAINT windows_of_a_deployment_do_not_overlap EXCLUDE USING gist (
        deployment_window(
            ROW(deployment_id, window_from)::deployment_moment, ROW(deployment_id, window_to)::deployment_moment
        ) WITH &&
    ),
    CHECK (recorded_at >= window_to AND recorded_at <= '2999-12-31 00:00:00+00'),
    -- One per cent, as the rates that Prometheus gives are extrapolated.
    CHECK (peak_qps >= 0.99 * average_qps),
    CHECK (
        num_nonnulls(prompt_tokens_mean, output_tokens_mean, ttft_mean_ms, ttft_p95_ms, e2e_mean_ms, e2e_p95_ms)
            = CASE WHEN requests > errors THEN 6 ELSE 0 END
    ),
    -- Answers of one token have no inter-token latency.
    CHECK (num_nulls(itl_mean_ms, itl_p95_ms) = 2 OR num_nulls(itl_mean_ms, itl_p95_ms) = 0 AND requests > errors)
);
