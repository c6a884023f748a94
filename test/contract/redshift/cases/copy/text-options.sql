CREATE TABLE t (id int, v varchar(20), n int);
--put escaped "1|a\\|b|2\n\n3|c\\\nd|4\n"
COPY t FROM 's3://{bucket}/{prefix}/escaped' IAM_ROLE '{role}' ESCAPE IGNOREBLANKLINES;
SELECT * FROM t ORDER BY id;
--> [[1, "a|b", 2], [3, "c\nd", 4]]
TRUNCATE t;
--put quoted "1,'a',2\n2,\"b\",3\n"
COPY t FROM 's3://{bucket}/{prefix}/quoted' IAM_ROLE '{role}' DELIMITER ',' REMOVEQUOTES;
SELECT v FROM t ORDER BY id;
--> [["a"], ["b"]]
TRUNCATE t;
--put short "1\n2,x\n"
COPY t FROM 's3://{bucket}/{prefix}/short' IAM_ROLE '{role}' CSV FILLRECORD;
SELECT * FROM t ORDER BY id;
--> [[1, "", null], [2, "x", null]]
TRUNCATE t;
--put fixed "12ab   3\n45c    6\n"
COPY t FROM 's3://{bucket}/{prefix}/fixed' IAM_ROLE '{role}' FIXEDWIDTH 'id:2,v:5,n:1';
SELECT * FROM t ORDER BY id;
--> [[12, "ab", 3], [45, "c", 6]]
TRUNCATE t;
--put trimmed "1|a   |2\n"
COPY t FROM 's3://{bucket}/{prefix}/trimmed' CREDENTIALS 'aws_iam_role={role}' TRIMBLANKS;
SELECT LEN(v) FROM t;
--> 1
COPY t FROM 's3://{bucket}/{prefix}/trimmed' IAM_ROLE '{role}' NOLOAD;
SELECT COUNT(*) FROM t;
--> 1
COPY t FROM 's3://{bucket}/{prefix}/nowhere' IAM_ROLE '{role}';
--! The specified S3 prefix '{prefix}/nowhere' does not exist
COPY t FROM 's3://{bucket}/{prefix}/trimmed';
--! CREDENTIALS argument is required but missing
COPY t FROM 's3://{bucket}/{prefix}/trimmed' IAM_ROLE '{role}' BZIP2;
--! does not support COPY … BZIP2
