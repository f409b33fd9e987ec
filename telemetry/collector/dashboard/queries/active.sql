-- How many people there were in each week, day and month. In whole tens.
SELECT 'week' AS kind, p.period AS period, c.segment AS who, c.people AS people
FROM cells c JOIN publications p ON p.id = c.publication
WHERE p.application = :application AND p.site = :site AND c.topic = 'people' AND c.name = 'active' AND c.version = ''
UNION ALL
SELECT c.name AS kind, CASE c.name WHEN 'day' THEN c.value ELSE p.period END AS period, c.segment AS who,
       c.people AS people
FROM cells c JOIN publications p ON p.id = c.publication
WHERE p.application = :application AND p.site = :site AND c.topic = 'active'
ORDER BY kind, period, who
