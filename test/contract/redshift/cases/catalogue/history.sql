CREATE TABLE t (n int);
INSERT INTO t VALUES (1), (2);
SELECT n FROM t WHERE n / 0 = 1;
--! Divide by zero
SELECT TRIM(status), TRIM(query_type), returned_rows FROM sys_query_history WHERE query_text = 'INSERT INTO t VALUES (1), (2)' ORDER BY query_id DESC LIMIT 1;
--> ["success", "INSERT", 2]
SELECT TRIM(status), error_message LIKE '%Divide by zero%' FROM sys_query_history WHERE query_text LIKE '%n / 0%' ORDER BY query_id LIMIT 1;
--> ["failed", true]
SELECT COUNT(*) FROM stv_inflight WHERE text LIKE 'INSERT%';
--> 0
SELECT TRIM(querytxt) FROM stl_query WHERE querytxt LIKE 'CREATE TABLE t%' ORDER BY query DESC LIMIT 1;
--> "CREATE TABLE t (n int)"
