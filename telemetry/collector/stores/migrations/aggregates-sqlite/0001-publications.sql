-- What is published, for ever. There are no ids in it, and no cell that is smaller than its publication says.

CREATE TABLE publications (
    id          INTEGER PRIMARY KEY,
    application TEXT    NOT NULL,
    site        TEXT    NOT NULL,
    kind        TEXT    NOT NULL,
    period      TEXT    NOT NULL,
    first_day   INTEGER NOT NULL,
    frozen      INTEGER NOT NULL,
    least       INTEGER NOT NULL,
    noise       REAL    NOT NULL,
    unreadable  INTEGER NOT NULL,
    UNIQUE (application, site, kind, period)
) STRICT;

CREATE TABLE cells (
    publication INTEGER NOT NULL REFERENCES publications (id),
    topic       TEXT    NOT NULL,
    name        TEXT    NOT NULL,
    segment     TEXT    NOT NULL,
    version     TEXT    NOT NULL,
    value       TEXT    NOT NULL,
    people      INTEGER,
    sessions    INTEGER,
    median      INTEGER,
    high        INTEGER,
    failed      INTEGER,
    PRIMARY KEY (topic, name, segment, publication, version, value)
) STRICT, WITHOUT ROWID;

CREATE TABLE notes (
    id     INTEGER PRIMARY KEY,
    at     INTEGER NOT NULL,
    cell   TEXT    NOT NULL,
    reason TEXT    NOT NULL
) STRICT;
