-- Every field by value and week. An empty version: all versions. An empty value: not told.
-- '~' is all values, or all versions, that are too small to stand alone.
SELECT p.period AS week, c.segment AS who, c.name AS field, c.version AS version, c.value AS value,
       c.people AS people, c.sessions AS sessions
FROM cells c JOIN publications p ON p.id = c.publication
WHERE p.application = :application AND p.site = :site AND p.kind = 'week'
  AND ((c.topic = 'people' AND c.name <> 'active') OR (c.topic = 'sessions' AND c.name <> 'sessions'))
ORDER BY week, who, field, version, value
