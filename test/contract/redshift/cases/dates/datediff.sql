-- Boundaries that are crossed are counted; weeks begin on Sunday.
SELECT DATEDIFF(week, '2009-01-01', '2009-12-31');
--> 52
SELECT DATEDIFF(week, '2024-01-06'::date, '2024-01-07'::date);
--> 1
SELECT DATEDIFF(qtr, '1998-07-01', '2009-01-01');
--> 42
SELECT DATEDIFF(year, '2023-12-31'::timestamp, '2024-01-01'::timestamp);
--> 1
SELECT DATEDIFF(decade, '1999-12-31'::date, '2010-01-01'::date);
--> 2
SELECT DATEDIFF(m, '2024-01-01 10:00:59'::timestamp, '2024-01-01 10:01:00'::timestamp);
--> 1
SELECT DATEDIFF(ms, '2024-01-01 00:00:00.001'::timestamp, '2024-01-01 00:00:01'::timestamp);
--> 999
SELECT DATE_DIFF('day', '2024-03-01'::date, '2024-02-28'::date);
--> -2
SELECT DATEDIFF(fortnight, '2024-03-01'::date, '2024-02-28'::date);
--! Invalid date part: fortnight
