CREATE TABLE t (id int);
--put rows "1\n2\n"
COPY t FROM 's3://{bucket}/{prefix}/rows' IAM_ROLE '{role}' CSV;
SELECT PG_LAST_COPY_COUNT();
--> 2
SELECT status, table_name, data_source, file_format, loaded_rows FROM sys_load_history WHERE data_source = 's3://{bucket}/{prefix}/rows';
--> ["completed", "t", "s3://{bucket}/{prefix}/rows", "csv", 2]
UNLOAD ('SELECT id FROM t') TO 's3://{bucket}/{prefix}/out' IAM_ROLE '{role}';
SELECT unloaded_rows FROM sys_unload_history WHERE session_id = PG_BACKEND_PID() ORDER BY query_id DESC LIMIT 1;
--> 2
