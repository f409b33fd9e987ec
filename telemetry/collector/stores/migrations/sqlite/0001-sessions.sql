-- Days are whole days since 1970 in UTC; instants are milliseconds since 1970; ids are the 16 bytes of a UUID.

CREATE TABLE sessions (
    -- Rows follow each other as they arrive: a day is one range of the file, and old pages are never touched.
    number      INTEGER PRIMARY KEY,
    day         INTEGER NOT NULL,
    session_id  BLOB    NOT NULL,
    user_id     BLOB    NOT NULL,
    application TEXT    NOT NULL,
    version     TEXT    NOT NULL,
    received    INTEGER NOT NULL,
    started     INTEGER NOT NULL,
    ended       INTEGER NOT NULL,
    on_ci       INTEGER NOT NULL,
    body        BLOB    NOT NULL
) STRICT;
CREATE UNIQUE INDEX sessions_by_id ON sessions (session_id);
CREATE INDEX sessions_by_user ON sessions (user_id);
CREATE INDEX sessions_by_day ON sessions (day);

CREATE TABLE revisions (
    day      INTEGER PRIMARY KEY,
    revision INTEGER NOT NULL
) STRICT;

CREATE TABLE refusals (
    day         INTEGER NOT NULL,
    application TEXT    NOT NULL,
    key         TEXT    NOT NULL,
    kind        TEXT    NOT NULL,
    sessions    INTEGER NOT NULL,
    PRIMARY KEY (day, application, key, kind)
) STRICT, WITHOUT ROWID;

CREATE TABLE jobs (
    job      TEXT    NOT NULL,
    day      INTEGER NOT NULL,
    claimed  INTEGER NOT NULL,
    finished INTEGER,
    PRIMARY KEY (job, day)
) STRICT, WITHOUT ROWID;

CREATE TABLE audits (
    number   INTEGER PRIMARY KEY,
    at       INTEGER NOT NULL,
    action   TEXT    NOT NULL,
    reason   TEXT    NOT NULL,
    sessions INTEGER NOT NULL
) STRICT;
