CREATE DOMAIN measured_ms AS double precision CHECK (VALUE > 0 AND VALUE <= 86400000);
CREATE DOMAIN mean_tokens AS double precision CHECK (VALUE BETWEEN 1 AND 10000000);
CREATE DOMAIN parallel_degree AS integer CHECK (VALUE BETWEEN 1 AND 1024);
CREATE DOMAIN sha256 AS text CHECK (VALUE ~ '^[0-9a-f]{64}$');

-- One measured run of one vLLM replica at one load. The id is a digest of what was measured, so the same run is there
-- once, however often and from whichever file it is imported. A model is the id that the run names: runs of models that
-- the catalogue does not hold are kept, and answer once it does. GPUs are a closed set, so theirs is a foreign key.
CREATE TABLE model_benchmarks (
    id sha256 PRIMARY KEY,
    source nonblank NOT NULL CHECK (length(source) <= 400),
    licence nonblank NOT NULL CHECK (length(licence) <= 200),
    tool text CHECK (tool IN ('guidellm', 'vllm_bench', 'aiperf', 'inference_perf')),
    tool_version nonblank CHECK (length(tool_version) <= 60),
    engine text NOT NULL CHECK (engine = 'vllm'),
    engine_version text CHECK (engine_version ~ '^[A-Za-z0-9][\w.+-]*$' AND length(engine_version) <= 60),
    measured_on date CHECK (measured_on >= '2020-01-01'),

    model nonblank NOT NULL CHECK (length(model) <= 200),
    gpu_type gpu_type NOT NULL REFERENCES hardware_profiles DEFERRABLE,
    tensor_parallel parallel_degree NOT NULL,
    expert_parallel parallel_degree NOT NULL,
    data_parallel parallel_degree NOT NULL,
    precision text NOT NULL CHECK (precision IN ('bf16', 'fp8', 'int8', 'int4', 'fp4')),
    prefix_hit_ratio double precision NOT NULL CHECK (prefix_hit_ratio >= 0 AND prefix_hit_ratio < 1),

    load text NOT NULL CHECK (load IN ('open_loop', 'closed_loop', 'static_batch')),
    request_rate_rps double precision CHECK (request_rate_rps > 0 AND request_rate_rps <= 1000000),
    arrival text CHECK (arrival IN ('poisson', 'constant', 'bursty')),
    concurrency integer CHECK (concurrency BETWEEN 1 AND 100000),
    length_kind text NOT NULL CHECK (length_kind IN ('fixed', 'uniform_0.8_1.0', 'lognormal')),
    prompt_tokens mean_tokens NOT NULL,
    output_tokens mean_tokens NOT NULL,

    ttft_mean_ms measured_ms,
    ttft_p50_ms measured_ms,
    ttft_p90_ms measured_ms,
    ttft_p95_ms measured_ms,
    ttft_p99_ms measured_ms,
    itl_mean_ms measured_ms,
    itl_p50_ms measured_ms,
    itl_p90_ms measured_ms,
    itl_p95_ms measured_ms,
    itl_p99_ms measured_ms,
    e2e_mean_ms measured_ms,
    e2e_p50_ms measured_ms,
    e2e_p90_ms measured_ms,
    e2e_p95_ms measured_ms,
    e2e_p99_ms measured_ms,
    throughput_rps double precision CHECK (throughput_rps > 0 AND throughput_rps <= 1000000),
    output_tokens_per_s double precision CHECK (output_tokens_per_s > 0 AND output_tokens_per_s <= 1000000000),
    requests integer CHECK (requests >= 1),
    errors integer CHECK (errors >= 0),
    suspect nonblank CHECK (length(suspect) <= 400),

    imported_by nonblank NOT NULL CHECK (length(imported_by) <= 200),
    imported_at timestamptz NOT NULL DEFAULT now(),
    file_name nonblank NOT NULL CHECK (length(file_name) <= 255),
    file_sha256 sha256 NOT NULL,

    CHECK ((load = 'open_loop') = (request_rate_rps IS NOT NULL)),
    CHECK ((load = 'open_loop') = (arrival IS NOT NULL)),
    CHECK ((load = 'open_loop') = (concurrency IS NULL)),
    CHECK (num_nonnulls(ttft_mean_ms, itl_mean_ms, e2e_mean_ms, throughput_rps, output_tokens_per_s) > 0),
    CHECK (ttft_p50_ms <= COALESCE(ttft_p90_ms, ttft_p95_ms, ttft_p99_ms)),
    CHECK (ttft_p90_ms <= COALESCE(ttft_p95_ms, ttft_p99_ms)),
    CHECK (ttft_p95_ms <= ttft_p99_ms),
    CHECK (itl_p50_ms <= COALESCE(itl_p90_ms, itl_p95_ms, itl_p99_ms)),
    CHECK (itl_p90_ms <= COALESCE(itl_p95_ms, itl_p99_ms)),
    CHECK (itl_p95_ms <= itl_p99_ms),
    CHECK (e2e_p50_ms <= COALESCE(e2e_p90_ms, e2e_p95_ms, e2e_p99_ms)),
    CHECK (e2e_p90_ms <= COALESCE(e2e_p95_ms, e2e_p99_ms)),
    CHECK (e2e_p95_ms <= e2e_p99_ms),
    CHECK (ttft_mean_ms <= e2e_mean_ms),
    -- One day, as it is tomorrow already elsewhere.
    CONSTRAINT measured_before_it_was_imported CHECK (measured_on <= (imported_at AT TIME ZONE 'UTC')::date + 1)
);
CREATE INDEX ON model_benchmarks (gpu_type, tensor_parallel, precision, load);
CREATE INDEX ON model_benchmarks (file_sha256);

-- The file of benchmarks that was seeded last; which rows came with it is in seed_rows.
CREATE TABLE benchmark_seed_state (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    digest sha256 NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now()
);
