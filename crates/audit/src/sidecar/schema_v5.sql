-- Schema 5. Frozen: a change is a new version with a file of its own.
-- Whether the change was made to several rows or tiles at once (1): such a judgement is not a look at the tiles. Earlier
-- versions would count it as one, so they must refuse.
ALTER TABLE events ADD COLUMN bulk INTEGER NOT NULL DEFAULT 0 CHECK (bulk IN (0, 1));
-- With a verdict, a JSON object: for each tile that was in view, its largest scale in pixels of the screen per pixel of the
-- tile ("scale"), and the milliseconds it was in view ("ms"). NULL with other changes, and where it was not recorded.
ALTER TABLE events ADD COLUMN looks TEXT;

DROP VIEW current;
CREATE VIEW current AS
SELECT sample, annotator, tile, field, value, at, bulk
FROM events
WHERE id IN (SELECT max(id) FROM events GROUP BY sample, annotator, field, tile)
  AND value IS NOT NULL;

-- The looks of the current verdicts, a row for each tile.
CREATE VIEW looks AS
SELECT sample, annotator, look.key AS tile, look.value ->> 'scale' AS scale, look.value ->> 'ms' AS ms, at
FROM events, json_each(events.looks) AS look
WHERE events.id IN (SELECT max(id) FROM events WHERE field = 'verdict' GROUP BY sample, annotator)
  AND events.value IS NOT NULL;
