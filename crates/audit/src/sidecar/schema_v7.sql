-- Schema 7. Frozen: a change is a new version with a file of its own.
-- The column `pass` also holds audits: `audit SESSION/NUMBER` and `adjudication SESSION/NUMBER` with the step that drew the
-- rows. In that step each event clears the verdict of a drawn row within the audit, in the order of the draw; an event of the
-- field `note` on its first row holds the plan as JSON. Earlier versions cannot read such a pass, so they must refuse.
DROP VIEW second_passes;
CREATE VIEW second_passes AS
SELECT pass, sample, annotator, tile, field, value, at
FROM events
WHERE id IN (
    SELECT max(id) FROM events
    WHERE pass IS NOT NULL AND pass NOT LIKE 'a%' GROUP BY pass, sample, annotator, field, tile
  )
  AND value IS NOT NULL;

-- The plans of all audits.
CREATE VIEW audits AS
SELECT pass AS audit, value ->> 'name' AS name, value AS plan, annotator AS begun_by, at
FROM events
WHERE pass = 'audit ' || session || '/' || step AND field = 'note' AND seq = step;

-- The current answers in each audit, and those of its adjudication.
CREATE VIEW audit_answers AS
SELECT pass, sample, annotator, tile, field, value, at
FROM events
WHERE id IN (
    SELECT max(id) FROM events
    WHERE pass LIKE 'a%' AND NOT pass = 'audit ' || session || '/' || step GROUP BY pass, sample, annotator, field, tile
  )
  AND value IS NOT NULL;
