-- How long commands, tasks and steps take, in milliseconds, and how often they fail, in per cent.
-- Each of at least ten people. An empty version: all of them.
SELECT p.period AS week, c.segment AS who, c.name AS what, c.version AS version,
       c.median AS median, c.high AS percentile95, c.failed AS failed
FROM cells c JOIN publications p ON p.id = c.publication
WHERE p.application = :application AND p.site = :site AND p.kind = 'week' AND c.topic = 'duration'
ORDER BY week, who, what, version
