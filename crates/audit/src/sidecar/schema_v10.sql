-- Schema 10. Frozen: a change is a new version with a file of its own.
-- In a sidecar that was ever exchanged, the ids are the order of arrival, and events count in the order of time. Where the
-- two differ is noted here whenever events are stored, so that the views follow the order that counts. Earlier versions
-- would store events without these notes, so they must refuse.

-- Events with a later id than the one of the same field that counts, and those of which another version counts.
CREATE TABLE exchange_passed_over (
    id INTEGER PRIMARY KEY
) STRICT;

-- The current events of which another version counts than the one in `events`.
CREATE TABLE exchange_replacing (
    sample TEXT NOT NULL,
    annotator TEXT NOT NULL,
    tile TEXT,
    field TEXT NOT NULL,
    value TEXT,
    at TEXT NOT NULL,
    bulk INTEGER NOT NULL,
    looks TEXT,
    pass TEXT,
    visible TEXT
) STRICT;

-- The last step of each annotator in the order that counts: the time at which it counts as made, and its session.
CREATE TABLE exchange_latest (
    annotator TEXT PRIMARY KEY,
    session TEXT NOT NULL,
    at TEXT NOT NULL
) STRICT, WITHOUT ROWID;

DROP VIEW current;
CREATE VIEW current AS
SELECT sample, annotator, tile, field, value, at, bulk
FROM events
WHERE id IN (
    SELECT max(id) FROM events
    WHERE pass IS NULL AND id NOT IN (SELECT id FROM exchange_passed_over) GROUP BY sample, annotator, field, tile
  )
  AND value IS NOT NULL
UNION ALL
SELECT sample, annotator, tile, field, value, at, bulk
FROM exchange_replacing WHERE pass IS NULL AND value IS NOT NULL;

DROP VIEW looks;
CREATE VIEW looks AS
SELECT sample, annotator, look.key AS tile, look.value ->> 'scale' AS scale, look.value ->> 'ms' AS ms, at
FROM events, json_each(events.looks) AS look
WHERE events.id IN (
    SELECT max(id) FROM events
    WHERE field = 'verdict' AND pass IS NULL AND id NOT IN (SELECT id FROM exchange_passed_over)
    GROUP BY sample, annotator
  )
  AND events.value IS NOT NULL
UNION ALL
SELECT sample, annotator, look.key, look.value ->> 'scale', look.value ->> 'ms', at
FROM exchange_replacing, json_each(exchange_replacing.looks) AS look
WHERE field = 'verdict' AND pass IS NULL AND exchange_replacing.value IS NOT NULL;

DROP VIEW second_passes;
CREATE VIEW second_passes AS
SELECT pass, sample, annotator, tile, field, value, at
FROM events
WHERE id IN (
    SELECT max(id) FROM events
    WHERE pass IS NOT NULL AND pass NOT LIKE 'a%' AND id NOT IN (SELECT id FROM exchange_passed_over)
    GROUP BY pass, sample, annotator, field, tile
  )
  AND value IS NOT NULL
UNION ALL
SELECT pass, sample, annotator, tile, field, value, at
FROM exchange_replacing WHERE pass IS NOT NULL AND pass NOT LIKE 'a%' AND value IS NOT NULL;

DROP VIEW audit_answers;
CREATE VIEW audit_answers AS
SELECT pass, sample, annotator, tile, field, value, at
FROM events
WHERE id IN (
    SELECT max(id) FROM events
    WHERE pass LIKE 'a%' AND NOT pass = 'audit ' || session || '/' || step
      AND id NOT IN (SELECT id FROM exchange_passed_over)
    GROUP BY pass, sample, annotator, field, tile
  )
  AND value IS NOT NULL
UNION ALL
SELECT pass, sample, annotator, tile, field, value, at
FROM exchange_replacing WHERE pass LIKE 'a%' AND value IS NOT NULL;

-- The step that drew the rows of an audit is no answer, wherever it comes in the order of arrival.
DROP VIEW visible;
CREATE VIEW visible AS
SELECT sample, annotator, pass, visible, at
FROM events
WHERE id IN (
    SELECT max(id) FROM events
    WHERE field = 'verdict' AND NOT coalesce(pass = 'audit ' || session || '/' || step, 0)
      AND id NOT IN (SELECT id FROM exchange_passed_over)
    GROUP BY pass, sample, annotator
  )
  AND value IS NOT NULL AND visible IS NOT NULL
UNION ALL
SELECT sample, annotator, pass, visible, at
FROM exchange_replacing WHERE field = 'verdict' AND value IS NOT NULL AND visible IS NOT NULL;
