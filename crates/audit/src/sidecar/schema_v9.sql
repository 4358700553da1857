-- Schema 9. Frozen: a change is a new version with a file of its own.
-- Judgements that people exchange by files in a folder (docs/team.md). Once `meta` has the key `exchange`, rows of
-- `events` may have come from others at any time, and the order that counts follows from the events alone: the time,
-- but never before the step that an event undoes, nor before an earlier one of its session. The ids are then only the
-- order of arrival. Earlier versions would take them for the order that counts, so they must refuse.

-- The sessions that came from other sidecars, each with the id of its sidecar.
CREATE TABLE exchange_sessions (
    session TEXT PRIMARY KEY,
    sidecar TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- The files of the exchange folder whose events are all here.
CREATE TABLE exchange_files (
    name TEXT PRIMARY KEY,
    own INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Other versions of events that are here, as lines of files. Of all versions of an event, the first by its text counts.
CREATE TABLE exchange_versions (
    session TEXT NOT NULL,
    seq INTEGER NOT NULL,
    line TEXT NOT NULL,
    file TEXT NOT NULL,
    PRIMARY KEY (session, seq, line)
) STRICT, WITHOUT ROWID;
