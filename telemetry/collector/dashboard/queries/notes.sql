-- Cells that were taken out of publications afterwards, and why; times are milliseconds since 1970.
SELECT n.at AS at, n.cell AS cell, n.reason AS reason FROM notes n
WHERE :application <> '' AND :site <> ''
ORDER BY n.id
