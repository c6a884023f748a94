-- IGNORE NULLS before the OVER or behind the value; LAG and LEAD have no standard value and no frame.
CREATE TABLE t (n int, v decimal(5,2));
INSERT INTO t VALUES (1, 10), (2, 20), (3, NULL), (4, 5);
SELECT n, LAG(v) IGNORE NULLS OVER (ORDER BY n), LEAD(v) OVER (ORDER BY n) FROM t ORDER BY n;
--> [[1, null, "20.00"], [2, "10.00", null], [3, "20.00", "5.00"], [4, "20.00", null]]
SELECT n, LAG(v, 2) IGNORE NULLS OVER (ORDER BY n), LEAD(v, 1) IGNORE NULLS OVER (ORDER BY n) FROM t ORDER BY n;
--> [[1, null, "20.00"], [2, null, "5.00"], [3, "10.00", "5.00"], [4, "10.00", null]]
SELECT n, LEAD(v) RESPECT NULLS OVER (ORDER BY n) FROM t ORDER BY n;
--> [[1, "20.00"], [2, null], [3, "5.00"], [4, null]]
SELECT n, LAST_VALUE(v IGNORE NULLS) OVER (ORDER BY n ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) FROM t ORDER BY n;
--> [[1, "10.00"], [2, "20.00"], [3, "20.00"], [4, "5.00"]]
SELECT n, FIRST_VALUE(v) IGNORE NULLS OVER (ORDER BY n DESC ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING) FROM t ORDER BY n;
--> [[1, "10.00"], [2, "20.00"], [3, "20.00"], [4, "5.00"]]
SELECT n, NTH_VALUE(v, 3) IGNORE NULLS OVER (ORDER BY n ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) FROM t WHERE n < 2;
--> [1, null]
SELECT n, FIRST_VALUE(v) IGNORE NULLS OVER (ORDER BY n) FROM t;
--! require a frame clause
SELECT LAG(v, 1, 0) OVER (ORDER BY n) FROM t;
--! Default parameter not be supported for window function lag
