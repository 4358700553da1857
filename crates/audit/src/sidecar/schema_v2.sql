-- Schema 2. Frozen: a change is a new version with a file of its own.
-- How a value came about: why its sample came up ('suspicious-first'; NULL for no special reason), and the step, as
-- `session/step`, whose judgement of the same tile in another row was taken over (NULL where a person looked).
ALTER TABLE events ADD COLUMN chosen_by TEXT;
ALTER TABLE events ADD COLUMN propagated_from TEXT;
