-- The tables for judgements, form 1, as `tilejury team init` makes them once. docs/team.md describes them; who may do
-- what with them is in rules.sql.

CREATE SCHEMA tilejury;

-- The form: what a program has to know to read and add rows. The rules: the version of rules.sql that the tables have.
CREATE TABLE tilejury.about (
    form integer NOT NULL,
    id text NOT NULL,
    rules integer NOT NULL DEFAULT 1
);

-- Which annotator a login is. Rows of others are invisible to those who do not lead.
CREATE TABLE tilejury.members (
    role name PRIMARY KEY,
    annotator text NOT NULL,
    is_lead boolean NOT NULL
);

CREATE TABLE tilejury.samples (
    dataset text NOT NULL,
    key text NOT NULL,
    query text NOT NULL,
    positive text NOT NULL,
    split text NOT NULL,
    line bigint NOT NULL,
    PRIMARY KEY (dataset, key)
);

-- The columns of `events` in a sidecar, and where and when each came from. Versions of one event differ in `digest`.
CREATE TABLE tilejury.events (
    arrival bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    dataset text NOT NULL,
    sidecar text NOT NULL,
    session text NOT NULL,
    seq bigint NOT NULL,
    step bigint NOT NULL,
    sample text NOT NULL,
    tile text,
    field text NOT NULL,
    value text,
    annotator text NOT NULL,
    at text NOT NULL,
    undoes text,
    chosen_by text,
    propagated_from text,
    confirmed_by text,
    checksum bigint NOT NULL,
    bulk boolean NOT NULL,
    looks text,
    pass text,
    settles text,
    visible text,
    digest bytea NOT NULL,
    role name NOT NULL DEFAULT session_user,
    arrived_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (dataset, session, seq, digest),
    FOREIGN KEY (dataset, sample) REFERENCES tilejury.samples
);

CREATE INDEX ON tilejury.events (dataset, arrival);
CREATE INDEX ON tilejury.events (dataset, annotator, arrival);
CREATE INDEX ON tilejury.events (dataset, arrival) WHERE pass LIKE 'audit %';
