CREATE TABLE t (g varchar(3), h int, n int);
INSERT INTO t VALUES ('a', 1, 1), ('a', 2, 2), ('b', 1, 3);
SELECT g, h, SUM(n) FROM t GROUP BY GROUPING SETS ((g), (h), ()) ORDER BY 1, 2;
--> [["a", null, 3], ["b", null, 3], [null, 1, 4], [null, 2, 2], [null, null, 6]]
SELECT g, GROUPING(g), GROUPING_ID(g, h), SUM(n) FROM t GROUP BY ROLLUP (g, h) ORDER BY 3, 1, 4;
--> [["a", 0, 0, 1], ["a", 0, 0, 2], ["b", 0, 0, 3], ["a", 0, 1, 3], ["b", 0, 1, 3], [null, 1, 3, 6]]
SELECT COUNT(*) FROM (SELECT g, h, SUM(n) FROM t GROUP BY CUBE (g, h)) AS q;
--> 8
