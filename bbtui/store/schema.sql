-- Format 1 of sessions.db.
--
-- What is looked up, sorted or changed is a column. The small values that never change once they
-- are written are JSON documents whose fields are those of bbtui/exchange/schema.py. A new field
-- is a new format, be its step empty: an earlier bbtui refuses the file and cannot lose the field.

CREATE TABLE sessions (
    number     INTEGER PRIMARY KEY AUTOINCREMENT,  -- "#12"; no number is given twice
    id         TEXT    NOT NULL UNIQUE,
    started_at TEXT    NOT NULL,                   -- ISO 8601 with its offset, as in every table
    started_us INTEGER NOT NULL,                   -- the same instant since 1970, for the order
    mode       TEXT    NOT NULL,
    trials     INTEGER NOT NULL,
    program    TEXT    NOT NULL,
    options    TEXT    NOT NULL,                   -- JSON: OptionsPart
    about      TEXT    NOT NULL                    -- JSON: AboutPart
);

CREATE TABLE tasks (
    session  INTEGER NOT NULL REFERENCES sessions (number) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    id       TEXT    NOT NULL,
    task     TEXT    NOT NULL,                     -- JSON: TaskPart
    PRIMARY KEY (session, id)
);

CREATE TABLE endpoints (
    session  INTEGER NOT NULL REFERENCES sessions (number) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    name     TEXT    NOT NULL,
    endpoint TEXT    NOT NULL,                     -- JSON: EndpointPart
    seen     TEXT,                                 -- JSON: HostPart; NULL: never seen
    PRIMARY KEY (session, name)
);

CREATE TABLE answers (
    key        INTEGER PRIMARY KEY,                -- ascends in the order they were begun
    session    INTEGER NOT NULL REFERENCES sessions (number) ON DELETE CASCADE,
    task       TEXT    NOT NULL,
    endpoint   TEXT    NOT NULL,
    trial      INTEGER NOT NULL,
    attempt    INTEGER NOT NULL,
    started_at TEXT    NOT NULL,
    state      TEXT    NOT NULL,
    end_ns     INTEGER,
    cause      TEXT    NOT NULL,
    hint       TEXT    NOT NULL,
    warmth     TEXT    NOT NULL,
    preload_ns INTEGER,
    server     TEXT    NOT NULL,                   -- JSON: ServerPart
    UNIQUE (session, task, endpoint, trial, attempt),
    FOREIGN KEY (session, task) REFERENCES tasks (session, id),
    FOREIGN KEY (session, endpoint) REFERENCES endpoints (session, name)
);

-- An answer's text, thinking and reads, in the order they came: a row for every time it was saved.
CREATE TABLE growth (
    key        INTEGER PRIMARY KEY,
    answer     INTEGER NOT NULL REFERENCES answers (key) ON DELETE CASCADE,
    text       TEXT    NOT NULL,
    thinking   TEXT    NOT NULL,
    reads      BLOB    NOT NULL,                   -- see codec.py
    read_count INTEGER NOT NULL,
    last_ns    INTEGER                             -- offset of the row's last read; NULL: no read
);

CREATE INDEX growth_of_answer ON growth (answer);

-- Append-only: undo and redo are rows of their own. For a winner only the task counts, for a
-- remark, an undo or a redo nothing of the cell does.
CREATE TABLE judgements (
    session  INTEGER NOT NULL REFERENCES sessions (number) ON DELETE CASCADE,
    id       INTEGER NOT NULL,
    at       TEXT    NOT NULL,
    kind     TEXT    NOT NULL,
    judged   TEXT    NOT NULL,                     -- JSON: the fields of that kind of row
    task     TEXT    NOT NULL,
    endpoint TEXT    NOT NULL,
    trial    INTEGER NOT NULL,
    attempt  INTEGER NOT NULL,
    PRIMARY KEY (session, id)
) WITHOUT ROWID;
