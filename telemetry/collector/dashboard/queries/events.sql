-- Who met what in a week: crashes by trace, errors by name. An empty version: all of them. In whole tens.
-- Sessions are told of kinds of events alone; on CI systems, where nobody is counted, of all.
SELECT p.period AS week, c.segment AS who, c.name AS event, c.version AS version, c.value AS value,
       c.people AS people, c.sessions AS sessions
FROM cells c JOIN publications p ON p.id = c.publication
WHERE p.application = :application AND p.site = :site AND p.kind = 'week' AND c.topic = 'event'
ORDER BY week, who, event, version, value
