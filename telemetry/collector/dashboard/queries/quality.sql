-- For each day: sessions in which a field was `other` or a listed value, sessions that came too late, and sessions
-- that were refused, by where and why they were wrong (in whole tens).
SELECT p.period AS day, c.topic AS kind, c.segment AS who, c.name AS field, c.value AS value, c.sessions AS sessions
FROM cells c JOIN publications p ON p.id = c.publication
WHERE p.application = :application AND p.site = :site AND p.kind = 'day'
ORDER BY day, kind, who, field, value
