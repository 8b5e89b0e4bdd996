-- Format 4: what the list of sessions shows, counted once and not for every list.
--
-- A row is only ever a copy: whatever writes to a session deletes its row, here and nowhere else,
-- and summaries.py counts it anew. A step that makes it count otherwise deletes all rows.

CREATE TABLE summaries (
    session   INTEGER PRIMARY KEY REFERENCES sessions (number) ON DELETE CASCADE,
    title     TEXT    NOT NULL,
    tasks     INTEGER NOT NULL,
    endpoints TEXT    NOT NULL,                    -- JSON: the label of each
    cells     INTEGER NOT NULL,
    answered  INTEGER NOT NULL,                    -- cells with a whole answer; this and all below
    settled   INTEGER NOT NULL,                    -- cells that need no answer     of the last
    begun     INTEGER NOT NULL,                    -- cells whose answer has no end    attempts
    scored    INTEGER NOT NULL,
    unscored  INTEGER NOT NULL,                    -- whether a text has no score
    blind     INTEGER NOT NULL                     -- whether blind mode is on
);

CREATE TRIGGER session_changed AFTER UPDATE OF trials, about ON sessions
BEGIN DELETE FROM summaries WHERE session = old.number; END;

CREATE TRIGGER task_added AFTER INSERT ON tasks
BEGIN DELETE FROM summaries WHERE session = new.session; END;

CREATE TRIGGER task_deleted AFTER DELETE ON tasks
BEGIN DELETE FROM summaries WHERE session = old.session; END;

CREATE TRIGGER endpoint_added AFTER INSERT ON endpoints
BEGIN DELETE FROM summaries WHERE session = new.session; END;

CREATE TRIGGER endpoint_changed AFTER UPDATE OF name, endpoint ON endpoints
BEGIN DELETE FROM summaries WHERE session = old.session; END;

CREATE TRIGGER endpoint_deleted AFTER DELETE ON endpoints
BEGIN DELETE FROM summaries WHERE session = old.session; END;

CREATE TRIGGER answer_begun AFTER INSERT ON answers
BEGIN DELETE FROM summaries WHERE session = new.session; END;

CREATE TRIGGER answer_changed AFTER UPDATE OF state ON answers
BEGIN DELETE FROM summaries WHERE session = old.session; END;

CREATE TRIGGER answer_deleted AFTER DELETE ON answers
BEGIN DELETE FROM summaries WHERE session = old.session; END;

CREATE TRIGGER answer_grew AFTER INSERT ON growth
BEGIN DELETE FROM summaries WHERE session = (SELECT session FROM answers WHERE key = new.answer); END;

CREATE TRIGGER answer_shrank AFTER DELETE ON growth
BEGIN DELETE FROM summaries WHERE session = (SELECT session FROM answers WHERE key = old.answer); END;

CREATE TRIGGER judgement_added AFTER INSERT ON judgements
BEGIN DELETE FROM summaries WHERE session = new.session; END;

CREATE TRIGGER judgement_deleted AFTER DELETE ON judgements
BEGIN DELETE FROM summaries WHERE session = old.session; END;
