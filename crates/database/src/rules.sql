-- The rules of the tables, version 2: functions, triggers, policies and rights. `tilejury team init` runs this for new
-- tables, and for those that have an earlier version, while nobody else uses them. So each statement works on both, and
-- none touches a row of events, samples or members. A change here increases `RULES` in tables.rs.
-- Nobody but the owner can change or delete a row: no such right is granted.

-- Version 1 had no number.
ALTER TABLE tilejury.about ADD COLUMN IF NOT EXISTS rules integer NOT NULL DEFAULT 1;

-- Events that are there in several versions: one of them was altered. For the owner only: a view does not ask who reads.
CREATE OR REPLACE VIEW tilejury.versions AS
SELECT dataset, session, seq, count(*) AS versions FROM tilejury.events GROUP BY dataset, session, seq HAVING count(*) > 1;

-- The person who is connected. The functions read `members` with the rights of its owner.
CREATE OR REPLACE FUNCTION tilejury.annotator() RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog
AS $$ SELECT annotator FROM tilejury.members WHERE role = session_user $$;

CREATE OR REPLACE FUNCTION tilejury.is_lead() RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog
AS $$ SELECT coalesce((SELECT is_lead FROM tilejury.members WHERE role = session_user), false) $$;

-- One transaction after the other adds rows, so that a smaller number of arrival never becomes visible after a larger.
-- Nobody but the owner may lock the table of turns in any other way: an advisory lock could be held by every login.
-- A transaction that adds rows and then waits for its client would keep all others waiting, so it ends.
CREATE TABLE IF NOT EXISTS tilejury.turn ();

CREATE OR REPLACE FUNCTION tilejury.in_turn() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog
AS $$ BEGIN
    LOCK TABLE tilejury.turn IN EXCLUSIVE MODE;
    PERFORM set_config('idle_in_transaction_session_timeout', '5s', true);
    RETURN NULL;
END $$;
REVOKE EXECUTE ON FUNCTION tilejury.in_turn() FROM PUBLIC;

CREATE OR REPLACE FUNCTION tilejury.announce() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog
AS $$ BEGIN
    IF EXISTS (SELECT 1 FROM arrived) THEN PERFORM pg_notify('tilejury', ''); END IF;
    RETURN NULL;
END $$;

DROP TRIGGER IF EXISTS in_turn ON tilejury.samples;
CREATE TRIGGER in_turn BEFORE INSERT ON tilejury.samples FOR EACH STATEMENT EXECUTE FUNCTION tilejury.in_turn();
DROP TRIGGER IF EXISTS in_turn ON tilejury.events;
CREATE TRIGGER in_turn BEFORE INSERT ON tilejury.events FOR EACH STATEMENT EXECUTE FUNCTION tilejury.in_turn();
DROP TRIGGER IF EXISTS announce ON tilejury.events;
CREATE TRIGGER announce AFTER INSERT ON tilejury.events REFERENCING NEW TABLE AS arrived
FOR EACH STATEMENT EXECUTE FUNCTION tilejury.announce();

ALTER TABLE tilejury.members ENABLE ROW LEVEL SECURITY;
ALTER TABLE tilejury.samples ENABLE ROW LEVEL SECURITY;
ALTER TABLE tilejury.events ENABLE ROW LEVEL SECURITY;

DROP POLICY IF EXISTS see ON tilejury.members;
CREATE POLICY see ON tilejury.members FOR SELECT USING (role = session_user OR (SELECT tilejury.is_lead()));

DROP POLICY IF EXISTS see ON tilejury.samples;
CREATE POLICY see ON tilejury.samples FOR SELECT USING ((SELECT tilejury.annotator()) IS NOT NULL);
DROP POLICY IF EXISTS add ON tilejury.samples;
CREATE POLICY add ON tilejury.samples FOR INSERT WITH CHECK ((SELECT tilejury.annotator()) IS NOT NULL);

-- An annotator sees the plans of all audits: the step in which an audit began names itself.
DROP POLICY IF EXISTS see ON tilejury.events;
CREATE POLICY see ON tilejury.events FOR SELECT USING (
    (SELECT tilejury.is_lead())
    OR annotator = (SELECT tilejury.annotator())
    OR ((SELECT tilejury.annotator()) IS NOT NULL AND pass LIKE 'audit %' AND pass = 'audit ' || session || '/' || step)
);
DROP POLICY IF EXISTS add ON tilejury.events;
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
