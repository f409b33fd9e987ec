-- People by version X.Y in each week; on CI systems sessions. '~' is all versions that are too small to stand alone.
SELECT p.period AS week, c.segment AS who, c.version AS version, c.people AS people, c.sessions AS sessions
FROM cells c JOIN publications p ON p.id = c.publication
WHERE p.application = :application AND p.site = :site AND p.kind = 'week'
  AND c.version <> '' AND ((c.topic = 'people' AND c.name = 'active') OR (c.topic = 'sessions' AND c.name = 'sessions'))
ORDER BY week, who, version, people
