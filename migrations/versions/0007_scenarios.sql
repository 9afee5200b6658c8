-- What a conversation tried and wants to come back to. A row takes one of 50 slots, so a conversation cannot keep more.
CREATE TABLE scenarios (
    thread_id nonblank NOT NULL CHECK (length(thread_id) <= 200),
    slot smallint NOT NULL CHECK (slot BETWEEN 1 AND 50),
    name nonblank NOT NULL CHECK (length(name) <= 80),
    specification jsonb NOT NULL CHECK (
        holds_number(specification, 'version', 1, 2147483647) AND octet_length(specification::text) <= 1000000
    ),
    summary jsonb NOT NULL CHECK (
        holds_number(summary, 'compliant', 0, 2147483647) AND octet_length(summary::text) <= 1000000
    ),
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (thread_id, slot)
);
CREATE UNIQUE INDEX ON scenarios (thread_id, lower(name));
