-- Schema 3, added to schema 2. Frozen: a change is a new version with a file of its own. Each row can be had again by asking the model again.
CREATE TABLE model_answers (
    -- The SHA-256 of what was asked: prompt, schema, model, sampling, query, bytes of the tile.
    key BLOB PRIMARY KEY,
    asked_at TEXT NOT NULL,
    endpoint TEXT NOT NULL,
    -- As the server reported it.
    model TEXT NOT NULL,
    prompt TEXT NOT NULL,
    -- 0 to 3.
    grade INTEGER NOT NULL,
    -- The mean grade by the probabilities of the grade's token, if the server gave them.
    soft REAL,
    evidence TEXT NOT NULL,
    prompt_tokens INTEGER NOT NULL,
    completion_tokens INTEGER NOT NULL,
    -- The whole answer of the server.
    raw TEXT NOT NULL
) STRICT;

-- One answer may be a review of several rows.
CREATE TABLE model_reviews (
    sample TEXT NOT NULL,
    tile TEXT NOT NULL,
    source TEXT NOT NULL,
    key BLOB NOT NULL,
    -- 1 if the evidence is in the tile's text, 0 if not, null if the text was not known.
    verified INTEGER,
    PRIMARY KEY (sample, tile, source)
) STRICT, WITHOUT ROWID;

-- Questions whose right answers are known beforehand.
CREATE TABLE model_controls (
    sample TEXT NOT NULL,
    tile TEXT NOT NULL,
    source TEXT NOT NULL,
    -- `positive` or `foreign`.
    kind TEXT NOT NULL,
    key BLOB NOT NULL,
    PRIMARY KEY (sample, tile, source)
) STRICT, WITHOUT ROWID;

-- Questions without a usable answer. They are asked again.
CREATE TABLE model_errors (
    id INTEGER PRIMARY KEY,
    asked_at TEXT NOT NULL,
    sample TEXT NOT NULL,
    tile TEXT NOT NULL,
    source TEXT NOT NULL,
    key BLOB NOT NULL,
    message TEXT NOT NULL,
    raw TEXT NOT NULL
) STRICT;

-- The form of requests that a server understands.
CREATE TABLE model_endpoints (
    endpoint TEXT NOT NULL,
    model TEXT NOT NULL,
    form TEXT NOT NULL,
    PRIMARY KEY (endpoint, model)
) STRICT, WITHOUT ROWID;
