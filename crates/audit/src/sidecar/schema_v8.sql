-- Schema 8. Frozen: a change is a new version with a file of its own.
-- With a verdict that was given in a window, a JSON list of what the window did not hide beside the query and the tiles:
-- signals, scores, order, reviews, evidence, offers, others, rate, roles. NULL with other changes, and where it was not
-- recorded. Earlier versions would lose it when they rewrite a file, so they must refuse.
-- The column `pass` also holds `again SESSION/NUMBER`: second answers to rows of an audit that came back. The first programs
-- of schema 7 do not know it and cannot read such a pass.
ALTER TABLE events ADD COLUMN visible TEXT;

-- What was not hidden at the current verdicts, those of second passes and audits included.
CREATE VIEW visible AS
SELECT sample, annotator, pass, visible, at
FROM events
WHERE id IN (SELECT max(id) FROM events WHERE field = 'verdict' GROUP BY pass, sample, annotator)
  AND value IS NOT NULL AND visible IS NOT NULL;
