-- Format 3: under which conditions was judged and run. The JSON documents of tasks and endpoints
-- have new fields, too, and the log of judgements new kinds of rows.

ALTER TABLE judgements ADD COLUMN conditions TEXT NOT NULL DEFAULT '{}';  -- JSON: ConditionsPart
ALTER TABLE answers ADD COLUMN marker TEXT NOT NULL DEFAULT '';
ALTER TABLE sessions ADD COLUMN schedule TEXT NOT NULL DEFAULT '{}';      -- JSON: SchedulePart
