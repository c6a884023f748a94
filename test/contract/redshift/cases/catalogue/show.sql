CREATE TABLE t (a int, b decimal(8,2));
CREATE TABLE u (c varchar(9));
SELECT COUNT(*) FROM svv_redshift_databases WHERE database_name = current_database();
--> 1
SHOW TABLES FROM SCHEMA {schema} LIKE 'nothing%';
--> []
SELECT table_name FROM svv_all_tables WHERE schema_name = '{schema}' ORDER BY 1;
--> [["t"], ["u"]]
SHOW COLUMNS FROM TABLE {schema}.nothing LIMIT 5;
--> []
SHOW SCHEMAS FROM DATABASE nowhere;
--> []
SHOW TABLE t;
--! does not support SHOW TABLE
SELECT COUNT(*) FROM stl_wlm_query;
--! does not support the system view stl_wlm_query
