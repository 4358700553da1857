-- Schema 1. Frozen: a change is a new version with a file of its own.
CREATE TABLE meta (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT;

-- What a sample was when it was first judged: names it even where the dataset no longer holds it.
CREATE TABLE samples (
    key TEXT PRIMARY KEY,
    query TEXT NOT NULL,
    positive TEXT NOT NULL,
    split TEXT NOT NULL,
    line INTEGER NOT NULL
) STRICT;

-- One row a change, appended and never touched again. `step` is the `seq` of the first event of the same key press;
-- `undoes` names a step as `session/step`. A NULL value clears the field.
CREATE TABLE events (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    session TEXT NOT NULL,
    seq INTEGER NOT NULL,
    step INTEGER NOT NULL,
    sample TEXT NOT NULL REFERENCES samples (key),
    tile TEXT,
    field TEXT NOT NULL,
    value TEXT,
    annotator TEXT NOT NULL,
    at TEXT NOT NULL,
    undoes TEXT,
    UNIQUE (session, seq)
) STRICT;

CREATE INDEX events_by_field ON events (sample, annotator, field, tile, id);

CREATE TRIGGER events_stay BEFORE UPDATE ON events
BEGIN
    SELECT RAISE(ABORT, 'events are append-only');
END;

CREATE TRIGGER events_remain BEFORE DELETE ON events
BEGIN
    SELECT RAISE(ABORT, 'events are append-only');
END;

-- Where each annotator left off.
CREATE TABLE places (
    annotator TEXT PRIMARY KEY,
    sample TEXT NOT NULL,
    at TEXT NOT NULL
) STRICT;

-- What each annotator says now: the last value of every field.
CREATE VIEW current AS
SELECT sample, annotator, tile, field, value, at
FROM events
WHERE id IN (SELECT max(id) FROM events GROUP BY sample, annotator, field, tile)
  AND value IS NOT NULL;
