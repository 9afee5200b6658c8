-- Names and columns are those that chainlit.data.chainlit_data_layer reads and writes. It sends times without a zone,
-- so the columns have none; what the database fills in is UTC, as its steps are.

CREATE TABLE "User" (
    id text PRIMARY KEY,
    identifier text NOT NULL UNIQUE,
    metadata jsonb NOT NULL DEFAULT '{}',
    "createdAt" timestamp NOT NULL DEFAULT (now() AT TIME ZONE 'utc'),
    "updatedAt" timestamp NOT NULL DEFAULT (now() AT TIME ZONE 'utc')
);

CREATE TABLE "Thread" (
    id text PRIMARY KEY,
    name text,
    "userId" text REFERENCES "User" ON DELETE CASCADE,
    metadata jsonb NOT NULL DEFAULT '{}',
    tags text[] NOT NULL DEFAULT '{}',
    "createdAt" timestamp NOT NULL DEFAULT (now() AT TIME ZONE 'utc'),
    "updatedAt" timestamp NOT NULL DEFAULT (now() AT TIME ZONE 'utc'),
    "deletedAt" timestamp
);
CREATE INDEX ON "Thread" ("userId", "updatedAt" DESC);

CREATE TABLE "Step" (
    id text PRIMARY KEY,
    "threadId" text REFERENCES "Thread" ON DELETE CASCADE,
    "parentId" text REFERENCES "Step" ON DELETE CASCADE,
    name text,
    type text NOT NULL,
    input text,
    output text,
    metadata jsonb NOT NULL DEFAULT '{}',
    "showInput" text DEFAULT 'json',
    "isError" boolean DEFAULT false,
    "startTime" timestamp NOT NULL,
    "endTime" timestamp NOT NULL,
    "createdAt" timestamp NOT NULL DEFAULT (now() AT TIME ZONE 'utc')
);
CREATE INDEX ON "Step" ("threadId", "startTime");
CREATE INDEX ON "Step" ("parentId");

CREATE TABLE "Element" (
    id text PRIMARY KEY,
    "threadId" text REFERENCES "Thread" ON DELETE CASCADE,
    "stepId" text REFERENCES "Step" ON DELETE CASCADE,
    name text NOT NULL,
    mime text,
    url text,
    "objectKey" text,
    "chainlitKey" text,
    display text,
    size text,
    language text,
    page integer,
    props jsonb NOT NULL DEFAULT '{}',
    metadata jsonb NOT NULL DEFAULT '{}',
    "autoPlay" boolean,
    "playerConfig" jsonb
);
CREATE INDEX ON "Element" ("threadId");
CREATE INDEX ON "Element" ("stepId");

CREATE TABLE "Feedback" (
    id text PRIMARY KEY,
    "stepId" text NOT NULL REFERENCES "Step" ON DELETE CASCADE,
    name text NOT NULL,
    value double precision NOT NULL,
    comment text
);
CREATE INDEX ON "Feedback" ("stepId");
