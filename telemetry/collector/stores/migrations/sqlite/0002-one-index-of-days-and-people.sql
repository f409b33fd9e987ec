-- A new session touches the end of this index alone, which stays in memory. An index of people over all days has
-- its places all over the file: each session wrote one more page of it, which was half of what it cost.
DROP INDEX sessions_by_user;
DROP INDEX sessions_by_day;
CREATE INDEX sessions_by_day_and_user ON sessions (day, user_id);
