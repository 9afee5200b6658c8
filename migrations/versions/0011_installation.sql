-- What tells the deployments of this database from those of another one: the first 12 digits of a random UUID, which
-- are all random.
CREATE TABLE installation (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    id text NOT NULL CHECK (id ~ '^[0-9a-f]{12}$')
);

INSERT INTO installation (id) VALUES (left(replace(gen_random_uuid()::text, '-', ''), 12));
