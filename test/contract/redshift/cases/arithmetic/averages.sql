-- The average of a DECIMAL has its scale, and what is beyond is cut off.
CREATE TEMP TABLE t (n decimal(8,2), m decimal(38,0), g int);
INSERT INTO t VALUES (1, 1, 1), (2, 12345678901234567890123456789012345678, 1), (2, 2, 1), (NULL, NULL, 2), (-5.00, -4, 3), (-5.01, -5, 3);
SELECT AVG(n) FROM t WHERE g = 1;
--> "1.66"
SELECT AVG(m) FROM t WHERE g = 1;
--> "4115226300411522630041152263004115227"
SELECT g, AVG(n) FROM t GROUP BY g ORDER BY g;
--> [[1, "1.66"], [2, null], [3, "-5.00"]]
SELECT AVG(m) FROM t WHERE g = 3;
--> "-4"
SELECT AVG(n::double precision) FROM t WHERE g = 3;
--> -5.005
SELECT AVG(DISTINCT n) FROM t WHERE g = 1;
--> "1.50"
SELECT n, AVG(n) OVER (PARTITION BY g ORDER BY n ROWS UNBOUNDED PRECEDING) FROM t WHERE g = 3 ORDER BY n;
--> [["-5.01", "-5.01"], ["-5.00", "-5.00"]]
