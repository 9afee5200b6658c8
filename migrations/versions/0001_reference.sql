CREATE DOMAIN nonblank AS text CHECK (VALUE ~ '\S');
CREATE DOMAIN request_tokens AS integer CHECK (VALUE BETWEEN 1 AND 10000000);
CREATE DOMAIN context_tokens AS integer CHECK (VALUE BETWEEN 1 AND 100000000);
CREATE DOMAIN milliseconds AS double precision CHECK (VALUE > 0 AND VALUE <= 3600000);
CREATE DOMAIN ratio AS double precision CHECK (VALUE BETWEEN 0 AND 1);
CREATE DOMAIN words AS text[] CHECK (array_position(VALUE, NULL) IS NULL);
CREATE DOMAIN gpu_type AS text CHECK (VALUE IN (
    'T4', 'L4', 'A10G', 'L40S', 'RTX-PRO-6000', 'A100-40GB', 'A100-80GB', 'H100', 'GH200', 'H200', 'B200', 'B300',
    'GB200', 'MI300X', 'MI325X'
));

CREATE FUNCTION holds_number(document jsonb, field text, low numeric, high numeric) RETURNS boolean
    LANGUAGE sql IMMUTABLE
    RETURN COALESCE(
        CASE WHEN jsonb_typeof(document -> field) = 'number' THEN (document ->> field)::numeric BETWEEN low AND high END,
        false
    );

CREATE FUNCTION adds_up_to_one(weights jsonb) RETURNS boolean
    LANGUAGE sql IMMUTABLE
    RETURN COALESCE(
        jsonb_typeof(weights) = 'object'
        AND (SELECT bool_and(holds_number(weights, key, 0, 1)) FROM jsonb_object_keys(weights) AS key)
        AND (SELECT abs(sum(value::numeric) - 1) <= 0.000001 FROM jsonb_each_text(weights)),
        false
    );

-- The shape of a model grows a field with each new kind of layer and is only ever read whole: so it is a document, as
-- its published config.json is, and only what identifies, sizes and sources it are columns and checks.
CREATE TABLE model_architectures (
    name nonblank PRIMARY KEY CHECK (length(name) <= 120),
    shape jsonb NOT NULL,
    published_parameters bigint NOT NULL CHECK (published_parameters BETWEEN 1000000 AND 100000000000000),
    source nonblank NOT NULL,
    CHECK (NOT shape ?| ARRAY['name', 'published_parameters', 'source']),
    CHECK (holds_number(shape, 'num_layers', 1, 1000)),
    CHECK (holds_number(shape, 'hidden_size', 64, 65536)),
    CHECK (holds_number(shape, 'num_attention_heads', 1, 1024)),
    CHECK (holds_number(shape, 'num_key_value_heads', 1, 1024)),
    CHECK (holds_number(shape, 'vocab_size', 1000, 2000000)),
    CHECK (holds_number(shape, 'max_position_embeddings', 1, 100000000))
);
CREATE UNIQUE INDEX ON model_architectures (lower(name));

CREATE TABLE model_catalog (
    model_id text PRIMARY KEY CHECK (model_id ~ '^[A-Za-z0-9][\w.-]*/[\w.-]+$' AND length(model_id) <= 120),
    display_name nonblank NOT NULL CHECK (length(display_name) <= 120),
    short_name text NOT NULL CHECK (short_name ~ '^[a-z0-9][a-z0-9.-]*$' AND length(short_name) <= 60),
    provider nonblank NOT NULL,
    architecture text NOT NULL REFERENCES model_architectures ON UPDATE CASCADE DEFERRABLE,
    precision text NOT NULL CHECK (precision IN ('bf16', 'fp8', 'int8', 'int4', 'fp4')),
    quantization nonblank,
    quantization_group_size integer CHECK (quantization_group_size BETWEEN 1 AND 10000000),
    context_tokens context_tokens NOT NULL,
    tasks words NOT NULL,
    domains words NOT NULL DEFAULT '{}',
    languages words NOT NULL DEFAULT '{}',
    tool_calling boolean NOT NULL DEFAULT false,
    licence nonblank NOT NULL,
    licence_is_open boolean NOT NULL,
    licence_allows_commercial_use boolean NOT NULL,
    gated boolean NOT NULL DEFAULT false,
    trust_remote_code boolean NOT NULL DEFAULT false,
    approved_for_production boolean NOT NULL DEFAULT true,
    quality_key nonblank,
    source nonblank NOT NULL
);
CREATE UNIQUE INDEX ON model_catalog (lower(model_id));

CREATE TABLE hardware_profiles (
    gpu_type gpu_type PRIMARY KEY,
    vendor nonblank NOT NULL,
    generation nonblank NOT NULL,
    memory_gb double precision NOT NULL CHECK (memory_gb > 0 AND memory_gb <= 2000),
    usable_memory_gib double precision CHECK (usable_memory_gib > 0 AND usable_memory_gib <= 2000),
    memory_bandwidth_gb_s double precision NOT NULL
        CHECK (memory_bandwidth_gb_s > 0 AND memory_bandwidth_gb_s <= 100000),
    fp16_tflops double precision NOT NULL CHECK (fp16_tflops > 0 AND fp16_tflops <= 100000),
    bf16 boolean NOT NULL,
    fp8_tflops double precision CHECK (fp8_tflops > 0 AND fp8_tflops <= 100000),
    fp4_tflops double precision CHECK (fp4_tflops > 0 AND fp4_tflops <= 100000),
    interconnect_gb_s double precision NOT NULL CHECK (interconnect_gb_s > 0 AND interconnect_gb_s <= 10000),
    gpus_per_node integer NOT NULL CHECK (gpus_per_node BETWEEN 1 AND 128),
    kubernetes_resource text NOT NULL CHECK (kubernetes_resource ~ '^[a-z0-9.-]+/[a-z0-9.-]+$'),
    node_label_key nonblank NOT NULL,
    node_label_product text NOT NULL
        CHECK (node_label_product ~ '^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$'),
    source nonblank NOT NULL
);

CREATE TABLE cost_data (
    cloud_provider text CHECK (cloud_provider IN ('aws', 'gcp', 'azure')),
    instance_type text CHECK (instance_type ~ '^[A-Za-z0-9_.-]+$'),
    region nonblank,
    gpu_type gpu_type NOT NULL REFERENCES hardware_profiles DEFERRABLE,
    gpus integer NOT NULL CHECK (gpus BETWEEN 1 AND 128),
    hourly_usd double precision NOT NULL CHECK (hourly_usd > 0 AND hourly_usd <= 1000000000),
    effective date NOT NULL,
    note text,
    source nonblank NOT NULL,
    PRIMARY KEY (cloud_provider, instance_type, region)
);

CREATE TABLE slo_templates (
    use_case text PRIMARY KEY CHECK (use_case IN (
        'chatbot_conversational', 'code_completion', 'code_generation_detailed', 'translation', 'content_generation',
        'summarization_short', 'document_analysis_rag', 'long_document_summarization', 'research_legal_analysis'
    )),
    name nonblank NOT NULL,
    prompt_tokens request_tokens NOT NULL,
    output_tokens request_tokens NOT NULL,
    experience_class nonblank NOT NULL,
    ttft_p95_ms milliseconds NOT NULL,
    itl_p95_ms milliseconds NOT NULL,
    e2e_p95_ms milliseconds NOT NULL,
    active_fraction ratio NOT NULL,
    requests_per_active_user_per_min double precision NOT NULL
        CHECK (requests_per_active_user_per_min > 0 AND requests_per_active_user_per_min <= 600),
    peak_multiplier double precision NOT NULL CHECK (peak_multiplier BETWEEN 1 AND 100),
    tasks words NOT NULL CHECK (cardinality(tasks) > 0),
    quality_weights jsonb NOT NULL CHECK (adds_up_to_one(quality_weights)),
    source nonblank NOT NULL
);

CREATE TABLE quality_scores (
    model nonblank,
    benchmark nonblank,
    score double precision NOT NULL CHECK (score BETWEEN 0 AND 100),
    source nonblank NOT NULL,
    PRIMARY KEY (model, benchmark)
);

-- Which rows came with NeuralNav, and a digest of each as it came: a row that differs from it by now was edited, and one
-- that is gone was deleted, by the user; rows that are not listed are the user's own.
CREATE TABLE seed_rows (
    collection text,
    row_key text,
    digest text NOT NULL CHECK (digest ~ '^[0-9a-f]{64}$'),
    PRIMARY KEY (collection, row_key)
);

-- The one set of seeds that was applied last.
CREATE TABLE seed_state (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    digest text NOT NULL CHECK (digest ~ '^[0-9a-f]{64}$'),
    applied_at timestamptz NOT NULL DEFAULT now()
);
