-- What is on its way out. Instants are milliseconds since 1970; ids are the 16 bytes of a UUID.

CREATE TABLE waiting (
    number      INTEGER PRIMARY KEY,
    session_id  BLOB    NOT NULL UNIQUE,
    user_id     BLOB    NOT NULL,
    application TEXT    NOT NULL,
    upstream    TEXT    NOT NULL,
    queued      INTEGER NOT NULL,
    attempts    INTEGER NOT NULL DEFAULT 0,
    body        BLOB    NOT NULL
) STRICT;
CREATE INDEX waiting_by_user ON waiting (user_id);

-- Whose sessions went out, so that a wish to be forgotten can follow them.
CREATE TABLE gone_out (
    user_id     BLOB    NOT NULL,
    application TEXT    NOT NULL,
    upstream    TEXT    NOT NULL,
    last        INTEGER NOT NULL,
    PRIMARY KEY (user_id, application, upstream)
) STRICT, WITHOUT ROWID;

CREATE TABLE state (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
