-- TRUNCATE commits; VACUUM runs alone.
CREATE TABLE t (n int);
INSERT INTO t VALUES (1);
BEGIN;
INSERT INTO t VALUES (2);
ROLLBACK;
SELECT COUNT(*) FROM t;
--> 1
BEGIN;
VACUUM t;
--! VACUUM cannot run inside a transaction block
SELECT 1;
--! current transaction is aborted
ROLLBACK;
VACUUM FULL t TO 99 PERCENT;
VACUUM;
ANALYZE t;
ANALYZE VERBOSE t (n);
LOCK t;
SET query_group TO 'report';
SET enable_nothing TO on;
--! SET enable_nothing
SHOW search_path;
--> "{schema}"
