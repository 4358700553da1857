-- Schema 4, added to schema 3. Frozen: a change is a new version with a file of its own.
-- Requests whose answer is not known. Written before they are sent, deleted with what came of them: what is left was on its way when a
-- run was killed or gave up, and may have been paid.
CREATE TABLE model_sent (
    -- As in `model_answers` or `model_comparisons`.
    key BLOB PRIMARY KEY,
    sent_at TEXT NOT NULL,
    endpoint TEXT NOT NULL,
    -- The id that went along. It goes along again, for servers that answer an id once.
    request TEXT NOT NULL
) STRICT;

-- Answers to the question which of two tiles answer a query.
CREATE TABLE model_comparisons (
    -- The SHA-256 of what was asked: prompt, schema, model, sampling, query, bytes of both tiles in their order.
    key BLOB PRIMARY KEY,
    asked_at TEXT NOT NULL,
    endpoint TEXT NOT NULL,
    -- As the server reported it.
    model TEXT NOT NULL,
    prompt TEXT NOT NULL,
    -- The tiles that answer, the better one first: `none`, `1`, `2`, `1, 2` or `2, 1`.
    ranking TEXT NOT NULL,
    prompt_tokens INTEGER NOT NULL,
    completion_tokens INTEGER NOT NULL,
    -- The whole answer of the server.
    raw TEXT NOT NULL
) STRICT;

-- The two comparisons of a doubtful tile: with another tile after it, and before it.
CREATE TABLE model_second_reviews (
    sample TEXT NOT NULL,
    tile TEXT NOT NULL,
    source TEXT NOT NULL,
    -- 1 if the tile is the first of the two.
    tile_first INTEGER NOT NULL,
    key BLOB NOT NULL,
    PRIMARY KEY (sample, tile, source, tile_first)
) STRICT, WITHOUT ROWID;
