-- Schema 3. Frozen: a change is a new version with a file of its own.
-- Whether a tile's relevance is a mark of its own (NULL) or was confirmed by accepting its row: 'accept', or
-- 'accept-inspected' where the tile had been in focus before. And a CRC-32 over the event's other columns, so that damage
-- shows; NULL for events of earlier versions.
ALTER TABLE events ADD COLUMN confirmed_by TEXT;
ALTER TABLE events ADD COLUMN checksum INTEGER;
-- What accepting stored before: marks in a step that began with the verdict. Only the new column is filled.
DROP TRIGGER events_stay;
UPDATE events SET confirmed_by = 'accept'
WHERE field = 'relevance' AND value IS NOT NULL AND EXISTS (
    SELECT 1 FROM events AS verdict
    WHERE verdict.session = events.session AND verdict.seq = events.step AND verdict.sample = events.sample
      AND verdict.field = 'verdict' AND verdict.value = 'accept');
CREATE TRIGGER events_stay BEFORE UPDATE ON events
BEGIN
    SELECT RAISE(ABORT, 'events are append-only');
END;
