-- Schema 1. Frozen: a change is a new version with a file of its own. Each row can be had again by importing again.
CREATE TABLE reviews (
    sample TEXT NOT NULL,
    tile TEXT NOT NULL,
    verdict TEXT NOT NULL,
    answer TEXT NOT NULL,
    PRIMARY KEY (sample, tile)
) STRICT, WITHOUT ROWID;

CREATE TABLE scores (
    sample TEXT NOT NULL,
    tile TEXT NOT NULL,
    source TEXT NOT NULL,
    score REAL NOT NULL,
    PRIMARY KEY (sample, tile, source)
) STRICT, WITHOUT ROWID;

CREATE TABLE texts (
    tile TEXT PRIMARY KEY,
    text TEXT NOT NULL
) STRICT;
