ALTER TABLE deployments
    DROP CONSTRAINT deployments_state_check,
    ADD CONSTRAINT deployments_state_check CHECK (state IN ('written', 'applied', 'retired'));

-- A step that may be repeated after a crash is told once: it has the same key each time.
ALTER TABLE audit_log ADD COLUMN key nonblank UNIQUE CHECK (length(key) <= 500);

-- What a deployment is held to, and what whoever watches it remembers from one look to the next.
CREATE TABLE deployment_watches (
    deployment_id uuid PRIMARY KEY REFERENCES deployments,
    specification jsonb NOT NULL CHECK (jsonb_typeof(specification) = 'object'),
    settled boolean NOT NULL,
    memory jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(memory) = 'object'),
    created_at timestamptz NOT NULL DEFAULT now(),
    looked_at timestamptz
);
