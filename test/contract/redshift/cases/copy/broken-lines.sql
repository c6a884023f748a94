-- Lines with too many or too few fields are errors like others; a delimiter at the end of a line of text is none.
CREATE TABLE t (id int, v varchar(10));
--put bad "1,one\n2,two,2\n3\n4,\"a\nb\"\n5,five\n"
COPY t FROM 's3://{bucket}/{prefix}/bad' IAM_ROLE '{role}' CSV;
--! Load into table 't' failed.
COPY t FROM 's3://{bucket}/{prefix}/bad' IAM_ROLE '{role}' CSV MAXERROR 3;
SELECT * FROM t ORDER BY id;
--> [[1, "one"], [4, "a\nb"], [5, "five"]]
SELECT DISTINCT line_number, error_code, TRIM(error_message) FROM sys_load_error_detail WHERE file_name LIKE '%{prefix}/bad' ORDER BY 1;
--> [[2, 1202, "Extra column(s) found"], [3, 1214, "Delimiter not found"]]
TRUNCATE t;
--put tbl "1|one|\n2|two|\n"
COPY t FROM 's3://{bucket}/{prefix}/tbl' IAM_ROLE '{role}';
SELECT COUNT(*) FROM t;
--> 2
TRUNCATE t;
--put json "{\"id\":1,\"v\":\"a\"}\n{broken}\n{\"id\":\"x\"}\n[1]\n{\"id\":4}\n"
COPY t FROM 's3://{bucket}/{prefix}/json' IAM_ROLE '{role}' JSON 'auto';
--! Load into table 't' failed.
COPY t FROM 's3://{bucket}/{prefix}/json' IAM_ROLE '{role}' JSON 'auto' MAXERROR 4;
SELECT * FROM t ORDER BY id;
--> [[1, "a"], [4, null]]
TRUNCATE t;
--put lists "[1, \"a\"]\n[2, \"b\"]"
--put paths "{\"jsonpaths\": [\"$[0]\", \"$[1]\"]}"
COPY t FROM 's3://{bucket}/{prefix}/lists' IAM_ROLE '{role}' JSON 's3://{bucket}/{prefix}/paths';
SELECT * FROM t ORDER BY id;
--> [[1, "a"], [2, "b"]]
