-- What is published, for ever. There are no ids in it, and no cell that is smaller than its publication says.

CREATE TABLE publications (
    id          bigint  GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    application text    NOT NULL,
    site        text    NOT NULL,
    kind        text    NOT NULL,
    period      text    NOT NULL,
    first_day   integer NOT NULL,
    frozen      bigint  NOT NULL,
    least       integer NOT NULL,
    noise       double precision NOT NULL,
    unreadable  integer NOT NULL,
    UNIQUE (application, site, kind, period)
);

CREATE TABLE cells (
    publication bigint  NOT NULL REFERENCES publications (id),
    topic       text    COLLATE "C" NOT NULL,
    name        text    COLLATE "C" NOT NULL,
    segment     text    COLLATE "C" NOT NULL,
    version     text    COLLATE "C" NOT NULL,
    value       text    COLLATE "C" NOT NULL,
    people      bigint,
    sessions    bigint,
    median      bigint,
    high        bigint,
    failed      integer
);
CREATE UNIQUE INDEX cells_key ON cells (topic, name, segment, publication, version, md5(value));

CREATE TABLE notes (
    id     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at     bigint NOT NULL,
    cell   text   NOT NULL,
    reason text   NOT NULL
);
