-- Days are whole days since 1970 in UTC; instants are milliseconds since 1970.

CREATE TABLE sessions (
    day         integer NOT NULL,
    session_id  uuid    NOT NULL,
    user_id     uuid    NOT NULL,
    application text    NOT NULL,
    version     text    NOT NULL,
    received    bigint  NOT NULL,
    started     bigint  NOT NULL,
    ended       bigint  NOT NULL,
    on_ci       boolean NOT NULL,
    body        bytea   NOT NULL
) PARTITION BY RANGE (day);
CREATE INDEX sessions_by_user ON sessions (user_id);

-- pglz, the older way to compress long rows, takes longer than all else that is done for a session.
DO $$
BEGIN
    ALTER TABLE sessions ALTER COLUMN body SET COMPRESSION lz4;
EXCEPTION
    WHEN feature_not_supported OR syntax_error THEN NULL;
END
$$;

-- A unique index of a partitioned table has to have the day in it, but a session may come again on another day.
CREATE TABLE ids (
    session_id uuid PRIMARY KEY,
    day        integer NOT NULL
);
CREATE INDEX ids_by_day ON ids USING brin (day);

CREATE TABLE revisions (
    day      integer PRIMARY KEY,
    revision integer NOT NULL
);

CREATE TABLE refusals (
    day         integer NOT NULL,
    application text    NOT NULL,
    key         text    NOT NULL,
    kind        text    NOT NULL,
    sessions    bigint  NOT NULL,
    PRIMARY KEY (day, application, key, kind)
);

CREATE TABLE jobs (
    job      text    NOT NULL,
    day      integer NOT NULL,
    claimed  bigint  NOT NULL,
    finished bigint,
    PRIMARY KEY (job, day)
);

CREATE TABLE audits (
    number   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at       bigint  NOT NULL,
    action   text    NOT NULL,
    reason   text    NOT NULL,
    sessions bigint  NOT NULL
);
