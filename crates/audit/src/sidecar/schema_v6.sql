-- Schema 6. Frozen: a change is a new version with a file of its own.
-- The second pass that the change belongs to, as seed@session/step: the seed of the draw, and the step that drew its rows.
-- In that step each event clears the verdict of a drawn row within the pass, in the order in which the rows are shown. NULL
-- outside of a pass: only such changes count. Earlier versions would count the others, so they must refuse.
ALTER TABLE events ADD COLUMN pass TEXT;
-- With a verdict outside of a pass: the decision between the two judgements of a second pass that set it, as `first PASS`
-- where the first judgement stayed, or `second PASS` where the second one took its place. NULL otherwise.
ALTER TABLE events ADD COLUMN settles TEXT;

DROP VIEW current;
CREATE VIEW current AS
SELECT sample, annotator, tile, field, value, at, bulk
FROM events
WHERE id IN (SELECT max(id) FROM events WHERE pass IS NULL GROUP BY sample, annotator, field, tile)
  AND value IS NOT NULL;

DROP VIEW looks;
CREATE VIEW looks AS
SELECT sample, annotator, look.key AS tile, look.value ->> 'scale' AS scale, look.value ->> 'ms' AS ms, at
FROM events, json_each(events.looks) AS look
WHERE events.id IN (SELECT max(id) FROM events WHERE field = 'verdict' AND pass IS NULL GROUP BY sample, annotator)
  AND events.value IS NOT NULL;

-- The current values of each second pass.
CREATE VIEW second_passes AS
SELECT pass, sample, annotator, tile, field, value, at
FROM events
WHERE id IN (SELECT max(id) FROM events WHERE pass IS NOT NULL GROUP BY pass, sample, annotator, field, tile)
  AND value IS NOT NULL;
