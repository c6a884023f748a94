-- MAXERROR is the number of errors at which a load fails.
CREATE TABLE t (id int NOT NULL, v varchar(3));
--put bad "1,a\nx,b\n3,toolong\n"
COPY t FROM 's3://{bucket}/{prefix}/bad' IAM_ROLE '{role}' CSV;
--! Load into table 't' failed.  Check 'sys_load_error_detail' system table for details.
SELECT line_number, TRIM(column_name), error_code, TRIM(error_message) FROM sys_load_error_detail WHERE file_name LIKE '%{prefix}/bad' ORDER BY line_number;
--> [[2, "id", 1207, "Invalid integer value"], [3, "v", 1204, "String length exceeds DDL length"]]
COPY t FROM 's3://{bucket}/{prefix}/bad' IAM_ROLE '{role}' CSV MAXERROR 2;
--! Load into table 't' failed.
COPY t FROM 's3://{bucket}/{prefix}/bad' IAM_ROLE '{role}' CSV MAXERROR 3;
SELECT * FROM t;
--> [1, "a"]
SELECT TRIM(err_reason), raw_field_value LIKE 'toolong%' FROM stl_load_errors WHERE filename LIKE '%{prefix}/bad%' AND line_number = 3 LIMIT 1;
--> ["String length exceeds DDL length", true]
COPY t FROM 's3://{bucket}/{prefix}/bad' IAM_ROLE '{role}' CSV TRUNCATECOLUMNS MAXERROR 2;
SELECT v FROM t WHERE id = 3;
--> "too"
COPY nowhere FROM 's3://{bucket}/{prefix}/bad' IAM_ROLE '{role}' CSV;
--! Cannot COPY into nonexistent table nowhere
COPY t FROM 's3://{bucket}/{prefix}/bad' IAM_ROLE '{role}' PARQUET DELIMITER ',';
--! DELIMITER argument is not supported for PARQUET based COPY
COPY t FROM 's3://{bucket}/{prefix}/bad' IAM_ROLE '{role}' CSV JSON 'auto';
--! conflicting or redundant options
