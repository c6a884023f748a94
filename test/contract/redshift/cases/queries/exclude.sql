CREATE TABLE t (a int, b int, c int);
INSERT INTO t VALUES (1, 2, 3);
SELECT * EXCLUDE (b) FROM t;
--> [1, 3]
SELECT * EXCLUDE c FROM t WHERE a = 1;
--> [1, 2]
WITH q AS (SELECT a, b FROM t) SELECT * EXCLUDE (a) FROM q;
--> 2
SELECT * EXCLUDE (missing) FROM t;
--! column "missing" in the EXCLUDE list does not exist
