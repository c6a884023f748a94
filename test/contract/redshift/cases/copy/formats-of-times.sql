CREATE TABLE t (d date, at timestamp, price decimal(6,1));
--put a "31.12.2023,2024/01/02 03:04:05,1.25\n"
COPY t FROM 's3://{bucket}/{prefix}/a' IAM_ROLE '{role}' CSV DATEFORMAT 'DD.MM.YYYY' TIMEFORMAT 'YYYY/MM/DD HH24:MI:SS' ROUNDEC;
SELECT * FROM t;
--> ["2023-12-31", "2024-01-02 03:04:05", "1.3"]
TRUNCATE t;
--put b "2023-12-31,1252498123,1.29\n"
COPY t FROM 's3://{bucket}/{prefix}/b' IAM_ROLE '{role}' CSV TIMEFORMAT 'epochsecs';
SELECT at, price FROM t;
--> ["2009-09-09 12:08:43", "1.2"]
COPY t FROM 's3://{bucket}/{prefix}/b' IAM_ROLE '{role}' CSV DATEFORMAT 'DD.MM.YYYY' TIMEFORMAT 'epochsecs';
--! Check 'sys_load_error_detail' system table for details
SELECT column_name, line_number, error_message FROM sys_load_error_detail WHERE file_name LIKE '%{prefix}/b';
--> ["d", 1, "Invalid Date Format"]
