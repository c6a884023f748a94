-- An aggregate over an ordered window needs a frame.
CREATE TABLE t (n int);
INSERT INTO t VALUES (1), (2), (3);
SELECT n, SUM(n) OVER (ORDER BY n) FROM t;
--! Aggregate window functions with an ORDER BY clause require a frame clause
SELECT n, FIRST_VALUE(n) OVER (ORDER BY n) FROM t;
--! require a frame clause
SELECT n, SUM(n) OVER (ORDER BY n ROWS UNBOUNDED PRECEDING) FROM t ORDER BY n;
--> [[1, 1], [2, 3], [3, 6]]
SELECT n, LAST_VALUE(n) OVER (ORDER BY n ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) FROM t ORDER BY n;
--> [[1, 3], [2, 3], [3, 3]]
SELECT n, SUM(n) OVER () FROM t ORDER BY n;
--> [[1, 6], [2, 6], [3, 6]]
SELECT n, RANK() OVER (ORDER BY n DESC), ROW_NUMBER() OVER (ORDER BY n), LAG(n) OVER (ORDER BY n), NTILE(3) OVER (ORDER BY n) FROM t ORDER BY n;
--> [[1, 3, 1, null, 1], [2, 2, 2, 1, 2], [3, 1, 3, 2, 3]]
SELECT SUM(n) OVER (ORDER BY n RANGE UNBOUNDED PRECEDING) FROM t;
--! syntax error at or near "range"
