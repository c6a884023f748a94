CREATE TABLE t (a int, b int);
INSERT INTO t VALUES (1, 10), (1, 20), (2, 5);
SELECT a, SUM(b) AS total FROM t GROUP BY ALL ORDER BY a;
--> [[1, 30], [2, 5]]
SELECT a % 2 AS odd, COUNT(*) AS n FROM t GROUP BY ALL ORDER BY 1;
--> [[0, 1], [1, 2]]
SELECT COUNT(*) FROM t GROUP BY ALL;
--> 3
