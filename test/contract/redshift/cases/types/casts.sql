SELECT '12'::int + 1, 5::varchar || 'x', 't'::boolean, 0::boolean, '2024-02-29'::date + 1;
--> [13, "5x", true, false, "2024-03-01"]
SELECT CONVERT(int, '7'), CONVERT(decimal(6,2), '12.345'), CAST('2024-01-01' AS timestamp);
--> [7, "12.35", "2024-01-01 00:00:00"]
SELECT 'abc'::int;
--! invalid input syntax for type integer
SELECT 40000::smallint;
--! out of range
CREATE TABLE t (d decimal(5,2));
INSERT INTO t VALUES (1234.5);
--! numeric field overflow
INSERT INTO t VALUES (1.239);
SELECT * FROM t;
--> "1.24"
SELECT '2024-02-30'::date;
--! out of range
SELECT TO_DATE('29.02.2024', 'DD.MM.YYYY'), TO_CHAR('2024-02-29'::date, 'YYYY"Q"Q'), TO_CHAR(1234.5, '9,999.99'), TO_NUMBER('12.5', '99.9');
--> ["2024-02-29", "2024Q1", " 1,234.50", "12.5"]
SELECT Upper('a') AS "MixedCase", 1 AS MIXED;
--> ["A", 1]
SELECT '2024-01-31'::date - '2024-01-01'::date, '2024-01-01'::date + 30;
--> [30, "2024-01-31"]
