CREATE TABLE t (id int IDENTITY(1, 1), v varchar(10));
--put rows "7,z\n"
COPY t FROM 's3://{bucket}/{prefix}/rows' IAM_ROLE '{role}' CSV EXPLICIT_IDS;
SELECT * FROM t;
--> [7, "z"]
COPY t (v) FROM 's3://{bucket}/{prefix}/rows' IAM_ROLE '{role}' CSV EXPLICIT_IDS;
--! EXPLICIT_IDS needs the IDENTITY column
