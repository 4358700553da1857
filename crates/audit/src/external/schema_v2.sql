-- Schema 2, added to schema 1. Frozen: a change is a new version with a file of its own. Each row can be had again by reading the tile again.
CREATE TABLE readings (
    id INTEGER PRIMARY KEY,
    tile TEXT NOT NULL UNIQUE,
    -- The XXH3 hash of the tile's bytes, and the place where they were.
    hash BLOB NOT NULL,
    file TEXT NOT NULL,
    file_bytes INTEGER NOT NULL,
    file_modified INTEGER NOT NULL,
    offset INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    engine TEXT NOT NULL,
    version TEXT NOT NULL,
    -- Codes with `+` between them.
    languages TEXT NOT NULL,
    -- A language that the engine lacked.
    missing TEXT,
    -- 0 if the tile shows more than was read.
    legible INTEGER NOT NULL,
    -- Words with a space or a line break between them, also in scripts without spaces.
    text TEXT NOT NULL,
    -- Nine bytes for each word of the text: x, y, width and height of its box in pixels, two bytes each, little-endian, and its confidence, 0 to 255.
    boxes BLOB NOT NULL
) STRICT;
CREATE INDEX readings_by_hash ON readings (hash);

-- The texts get an id that stays the same when the file is compacted, as the index below needs it.
ALTER TABLE texts RENAME TO texts_1;
CREATE TABLE texts (
    id INTEGER PRIMARY KEY,
    tile TEXT NOT NULL UNIQUE,
    text TEXT NOT NULL
) STRICT;
INSERT INTO texts (tile, text) SELECT tile, text FROM texts_1 ORDER BY rowid;
DROP TABLE texts_1;

-- The stems of each reading, by twice its id, and of each imported text, by twice its id and one. The words themselves are only in the two tables.
CREATE VIRTUAL TABLE text_stems USING fts5(stems, content = '', contentless_delete = 1, tokenize = 'ascii');
