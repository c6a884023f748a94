-- The plan is PostgreSQL's, so only what is explained is looked at here.
CREATE TABLE t (a int);
EXPLAIN SELECT TOP 1 a FROM t;
EXPLAIN INSERT INTO t SELECT 1;
EXPLAIN CREATE TABLE u AS SELECT a FROM t;
SELECT COUNT(*) FROM t;
--> 0
EXPLAIN SELECT a FROM nowhere;
--! relation "nowhere" does not exist
