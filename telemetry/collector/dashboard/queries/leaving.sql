-- How many people of a week were not seen in the four weeks after it, in whole tens.
SELECT c.value AS week, c.people AS people
FROM cells c JOIN publications p ON p.id = c.publication
WHERE p.application = :application AND p.site = :site AND c.topic = 'leaving'
ORDER BY week
