-- Without a format dates are ISO's; 'auto' takes what it can read.
CREATE TABLE t (id int, d date, at timestamp, zoned timestamptz);
--put us "1|05/17/2024|2024-01-01 00:00|\n"
--put iso "1|2024-05-17|2024-01-01T00:00:00|\n"
--put plain "2|2024-05-17|2024-01-01 00:00:00.5|2024-01-01 00:00:00+02\n"
--put compact "3|20240517|20240517T101112|\n"
--put none "4|never|2024-13-45 00:00:00|\n"
COPY t FROM 's3://{bucket}/{prefix}/us' IAM_ROLE '{role}';
--! Load into table 't' failed.
COPY t FROM 's3://{bucket}/{prefix}/us' IAM_ROLE '{role}' DATEFORMAT 'auto';
COPY t FROM 's3://{bucket}/{prefix}/iso' IAM_ROLE '{role}';
--! Load into table 't' failed.
COPY t FROM 's3://{bucket}/{prefix}/iso' IAM_ROLE '{role}' TIMEFORMAT 'auto';
COPY t FROM 's3://{bucket}/{prefix}/plain' IAM_ROLE '{role}';
COPY t FROM 's3://{bucket}/{prefix}/compact' IAM_ROLE '{role}' DATEFORMAT 'auto' TIMEFORMAT 'YYYYMMDDTHH24MISS';
COPY t FROM 's3://{bucket}/{prefix}/none' IAM_ROLE '{role}' ACCEPTANYDATE DATEFORMAT 'auto';
SELECT * FROM t ORDER BY id, at;
--> [[1, "2024-05-17", "2024-01-01 00:00:00", null], [1, "2024-05-17", "2024-01-01 00:00:00", null], [2, "2024-05-17", "2024-01-01 00:00:00.5", "2023-12-31 22:00:00+00"], [3, "2024-05-17", "2024-05-17 10:11:12", null], [4, null, null, null]]
