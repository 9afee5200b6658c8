ALTER TABLE deployments
    DROP CONSTRAINT deployments_state_check,
    ADD CONSTRAINT deployments_state_check CHECK (state IN ('written', 'retired'));
CREATE INDEX ON deployments (namespace, name, created_at);

-- How a conversation came to a change of its deployment; one line a change.
CREATE TABLE decisions (
    deployment_id uuid PRIMARY KEY REFERENCES deployments,
    thread_id nonblank NOT NULL CHECK (length(thread_id) <= 200),
    change text NOT NULL CHECK (change IN ('deploy', 'roll_back', 'retire')),
    option_number integer CHECK (option_number BETWEEN 1 AND 99),
    turns integer NOT NULL CHECK (turns >= 1),
    edits integer NOT NULL CHECK (edits >= 0),
    first_word_at timestamptz NOT NULL CHECK (first_word_at >= '2020-01-01 00:00:00+00'),
    decided_at timestamptz NOT NULL CHECK (decided_at >= first_word_at AND decided_at <= '2999-12-31 00:00:00+00')
);
CREATE INDEX ON decisions (thread_id, decided_at);
