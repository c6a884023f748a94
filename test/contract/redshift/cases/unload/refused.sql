CREATE TABLE t (id int, region varchar(9));
INSERT INTO t VALUES (1, 'a');
--put full/x "something"
UNLOAD ('SELECT * FROM t') TO 's3://{bucket}/{prefix}/full/' IAM_ROLE '{role}' CSV;
--! Specified unload destination on S3 is not empty
UNLOAD ('SELECT * FROM t') TO 's3://{bucket}/{prefix}/full/' IAM_ROLE '{role}' CSV PARALLEL OFF ALLOWOVERWRITE;
--get full/000 "1,a\n"
--get full/x "something"
UNLOAD ('SELECT * FROM t') TO 's3://{bucket}/{prefix}/full/' IAM_ROLE '{role}' CSV PARALLEL OFF CLEANPATH;
CREATE TABLE back (id int, region varchar(9));
COPY back FROM 's3://{bucket}/{prefix}/full/' IAM_ROLE '{role}' CSV;
SELECT * FROM back;
--> [1, "a"]
UNLOAD ('SELECT * FROM t LIMIT 1') TO 's3://{bucket}/{prefix}/l' IAM_ROLE '{role}';
--! LIMIT clause is not supported
UNLOAD ('SELECT * FROM t') TO 's3://{bucket}/{prefix}/h' IAM_ROLE '{role}' PARQUET HEADER;
--! HEADER is not supported for UNLOAD to PARQUET
UNLOAD ('SELECT * FROM t') TO 's3://{bucket}/{prefix}/p' IAM_ROLE '{role}' PARQUET PARTITION BY (missing);
--! Partition column "missing" does not exist
UNLOAD ('SELECT * FROM t') TO 's3://{bucket}/{prefix}/m' IAM_ROLE '{role}' CSV MAXFILESIZE 1 MB;
--! MAXFILESIZE must be between 5 MB and 6.2 GB
UNLOAD ('SELECT * FROM t') TO 's3://{bucket}/{prefix}/r' CSV;
--! CREDENTIALS argument is required
UNLOAD ('DELETE FROM t') TO 's3://{bucket}/{prefix}/d' IAM_ROLE '{role}';
--! syntax error at or near "DELETE"
UNLOAD ('SELECT * FROM t') TO 's3://{bucket}/{prefix}/o' IAM_ROLE 'arn:aws:iam::000000000000:role/other' CSV;
--! not authorized to assume IAM Role
