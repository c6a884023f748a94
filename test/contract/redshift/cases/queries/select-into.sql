CREATE TABLE t (n int);
INSERT INTO t VALUES (1), (2);
SELECT n INTO made FROM t WHERE n > 1;
SELECT * FROM made;
--> 2
SELECT n * 10 AS n INTO TEMP fleeting FROM t;
SELECT SUM(n) FROM fleeting;
--> 30
SELECT n INTO #hashed FROM t;
SELECT COUNT(*) FROM #hashed;
--> 2
CREATE TABLE #other (LIKE t);
INSERT INTO #other VALUES (7);
SELECT n FROM #other;
--> 7
SELECT COUNT(*) FROM pg_table_def WHERE schemaname = '{schema}' AND tablename IN ('#hashed', '#other');
--> 0
