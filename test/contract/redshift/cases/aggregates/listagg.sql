CREATE TABLE t (g int, v varchar(9), n int);
INSERT INTO t VALUES (1, 'b', 2), (1, 'a', 1), (1, 'b', 3), (2, NULL, 4), (2, 'c', 5);
SELECT LISTAGG(v, ',') WITHIN GROUP (ORDER BY n) FROM t;
--> "a,b,b,c"
SELECT g, LISTAGG(v) WITHIN GROUP (ORDER BY n DESC) FROM t GROUP BY g ORDER BY g;
--> [[1, "bba"], [2, "c"]]
SELECT LISTAGG(DISTINCT v, ',') WITHIN GROUP (ORDER BY v DESC) FROM t;
--> "c,b,a"
SELECT LISTAGG(DISTINCT v, ',') WITHIN GROUP (ORDER BY n) FROM t;
--> "a,b,c"
SELECT n, LISTAGG(v, '-') WITHIN GROUP (ORDER BY n) OVER (PARTITION BY g) FROM t ORDER BY n;
--> [[1, "a-b-b"], [2, "a-b-b"], [3, "a-b-b"], [4, "c"], [5, "c"]]
SELECT LISTAGG(v, ',') FROM t WHERE n > 99;
--> null
SELECT LISTAGG(REPEAT('x', 40000), ',') FROM t;
--! Result size exceeds LISTAGG limit
SELECT LISTAGG(n, '+') WITHIN GROUP (ORDER BY n) FROM t WHERE g = 1;
--> "1+2+3"
