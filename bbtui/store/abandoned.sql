-- Format 2: whether an answer failed only because its program ended before it did.

ALTER TABLE answers ADD COLUMN abandoned INTEGER NOT NULL DEFAULT 0;

-- Format 1 told it by the cause alone.
UPDATE answers SET abandoned = 1
 WHERE state = 'failed' AND cause = 'bbtui ended while this was streaming';
