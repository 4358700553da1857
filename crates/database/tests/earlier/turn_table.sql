-- The tables for judgements, form 1, as `tilejury team init` makes them. docs/team.md describes them.
-- Nobody but the owner can change or delete a row: no such right is granted.

CREATE SCHEMA tilejury;

CREATE TABLE tilejury.about (
    form integer NOT NULL,
    id text NOT NULL
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

-- Events that are there in several versions: one of them was altered. For the owner only: a view does not ask who reads.
CREATE VIEW tilejury.versions AS
SELECT dataset, session, seq, count(*) AS versions FROM tilejury.events GROUP BY dataset, session, seq HAVING count(*) > 1;

-- The person who is connected. The functions read `members` with the rights of its owner.
CREATE FUNCTION tilejury.annotator() RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog
AS $$ SELECT annotator FROM tilejury.members WHERE role = session_user $$;

CREATE FUNCTION tilejury.is_lead() RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog
AS $$ SELECT coalesce((SELECT is_lead FROM tilejury.members WHERE role = session_user), false) $$;

-- One transaction after the other adds rows, so that a smaller number of arrival never becomes visible after a larger.
-- Nobody but the owner may lock the table of turns in any other way: an advisory lock could be held by every login.
-- A transaction that adds rows and then waits for its client would keep all others waiting, so it ends.
CREATE TABLE tilejury.turn ();

CREATE FUNCTION tilejury.in_turn() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog
AS $$ BEGIN
    LOCK TABLE tilejury.turn IN EXCLUSIVE MODE;
    PERFORM set_config('idle_in_transaction_session_timeout', '5s', true);
    RETURN NULL;
END $$;
REVOKE EXECUTE ON FUNCTION tilejury.in_turn() FROM PUBLIC;

CREATE FUNCTION tilejury.announce() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog
AS $$ BEGIN
    IF EXISTS (SELECT 1 FROM arrived) THEN PERFORM pg_notify('tilejury', ''); END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER in_turn BEFORE INSERT ON tilejury.samples FOR EACH STATEMENT EXECUTE FUNCTION tilejury.in_turn();
CREATE TRIGGER in_turn BEFORE INSERT ON tilejury.events FOR EACH STATEMENT EXECUTE FUNCTION tilejury.in_turn();
CREATE TRIGGER announce AFTER INSERT ON tilejury.events REFERENCING NEW TABLE AS arrived
FOR EACH STATEMENT EXECUTE FUNCTION tilejury.announce();

ALTER TABLE tilejury.members ENABLE ROW LEVEL SECURITY;
ALTER TABLE tilejury.samples ENABLE ROW LEVEL SECURITY;
ALTER TABLE tilejury.events ENABLE ROW LEVEL SECURITY;

CREATE POLICY see ON tilejury.members FOR SELECT USING (role = session_user OR (SELECT tilejury.is_lead()));

CREATE POLICY see ON tilejury.samples FOR SELECT USING ((SELECT tilejury.annotator()) IS NOT NULL);
CREATE POLICY add ON tilejury.samples FOR INSERT WITH CHECK ((SELECT tilejury.annotator()) IS NOT NULL);

-- An annotator sees the plans of all audits: the step in which an audit began names itself.
CREATE POLICY see ON tilejury.events FOR SELECT USING (
    (SELECT tilejury.is_lead())
    OR annotator = (SELECT tilejury.annotator())
    OR ((SELECT tilejury.annotator()) IS NOT NULL AND pass LIKE 'audit %' AND pass = 'audit ' || session || '/' || step)
);
CREATE POLICY add ON tilejury.events FOR INSERT WITH CHECK (
    (SELECT tilejury.is_lead()) OR annotator = (SELECT tilejury.annotator())
);

GRANT USAGE ON SCHEMA tilejury TO PUBLIC;
GRANT SELECT ON tilejury.about, tilejury.members, tilejury.samples, tilejury.events TO PUBLIC;
GRANT INSERT ON tilejury.samples TO PUBLIC;
GRANT INSERT (
    dataset, sidecar, session, seq, step, sample, tile, field, value, annotator, at, undoes, chosen_by, propagated_from,
    confirmed_by, checksum, bulk, looks, pass, settles, visible, digest
) ON tilejury.events TO PUBLIC;
