-- Integers divide to integers.
SELECT 7 / 2;
--> 3
SELECT -7 / 2;
--> -3
SELECT 7 % 3;
--> 1
SELECT MOD(-7, 3);
--> -1
SELECT 1 / 0;
--! Divide by zero
SELECT 2147483647 + 1;
--! out of range
CREATE TEMP TABLE t (n int);
INSERT INTO t VALUES (1), (2);
SELECT AVG(n), SUM(n), COUNT(n) FROM t;
--> [1, 3, 2]
