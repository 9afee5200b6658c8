-- version numbers what a conversation kept. It is the document's own version, except where the conversation went back
-- or started over and kept another document under a version that was taken.
CREATE TABLE specifications (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    thread_id nonblank NOT NULL CHECK (length(thread_id) <= 200),
    version integer NOT NULL CHECK (version >= 1),
    document jsonb NOT NULL CHECK (holds_number(document, 'version', 1, 2147483647)),
    created_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (thread_id, version)
);

-- The document is the deployment; the columns that queries need are taken from it, so they cannot differ from it.
CREATE TABLE deployments (
    document jsonb NOT NULL CHECK (document ?& ARRAY['choice', 'manifests', 'approval']),
    id uuid PRIMARY KEY GENERATED ALWAYS AS ((document ->> 'id')::uuid) STORED,
    thread_id nonblank NOT NULL GENERATED ALWAYS AS (document ->> 'thread_id') STORED
        CHECK (length(thread_id) <= 200),
    idempotency_key nonblank NOT NULL UNIQUE GENERATED ALWAYS AS (document ->> 'idempotency_key') STORED
        CHECK (length(idempotency_key) <= 400),
    name text NOT NULL GENERATED ALWAYS AS (document #>> '{manifests,name}') STORED
        CHECK (name ~ '^[a-z]([-a-z0-9]{0,51}[a-z0-9])?$'),
    namespace text NOT NULL GENERATED ALWAYS AS (document #>> '{manifests,namespace}') STORED
        CHECK (namespace ~ '^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$'),
    plan_hash text NOT NULL GENERATED ALWAYS AS (document #>> '{approval,manifests_sha256}') STORED
        CHECK (plan_hash ~ '^[0-9a-f]{64}$'),
    state text NOT NULL GENERATED ALWAYS AS (document ->> 'state') STORED
        CHECK (state IN ('approved', 'written')),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CHECK (updated_at >= created_at)
);
CREATE INDEX ON deployments (thread_id, created_at);

CREATE TABLE audit_log (
    id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    who nonblank NOT NULL CHECK (length(who) <= 200),
    what nonblank NOT NULL CHECK (length(what) <= 200),
    subject nonblank NOT NULL CHECK (length(subject) <= 400),
    detail jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(detail) = 'object')
);
CREATE INDEX ON audit_log (subject, id);

CREATE FUNCTION refuse_change() RETURNS trigger
    LANGUAGE plpgsql
    AS $$ BEGIN RAISE EXCEPTION '% is append-only: % is refused', TG_TABLE_NAME, TG_OP; END $$;

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_log
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
