-- Each publication: when it was frozen, how many people a cell needs, and the budget that noise used up.
SELECT p.kind AS kind, p.period AS period, p.frozen AS frozen, p.least AS least, p.noise AS noise,
       p.unreadable AS unreadable
FROM publications p
WHERE p.application = :application AND p.site = :site
ORDER BY p.first_day, kind
