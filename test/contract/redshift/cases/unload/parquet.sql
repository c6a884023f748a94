CREATE TABLE t (id bigint, region varchar(9), price decimal(8,2), day date, at timestamp, ratio float8, ok boolean);
INSERT INTO t VALUES (1, 'a b', 1.5, '2024-02-29', '2024-02-29 10:11:12', 0.5, true), (2, NULL, NULL, NULL, NULL, NULL, NULL), (3, 'c/d', 2, NULL, NULL, 1, false);
UNLOAD ('SELECT * FROM t') TO 's3://{bucket}/{prefix}/whole/' IAM_ROLE '{role}' FORMAT PARQUET MANIFEST;
CREATE TABLE back (LIKE t);
COPY back FROM 's3://{bucket}/{prefix}/whole/manifest' IAM_ROLE '{role}' FORMAT PARQUET MANIFEST;
SELECT * FROM back ORDER BY id;
--> [[1, "a b", "1.50", "2024-02-29", "2024-02-29 10:11:12", 0.5, true], [2, null, null, null, null, null, null], [3, "c/d", "2.00", null, null, 1, false]]
UNLOAD ('SELECT id, region FROM t') TO 's3://{bucket}/{prefix}/parts' IAM_ROLE '{role}' FORMAT PARQUET PARTITION BY (region);
CREATE TABLE ids (id bigint);
COPY ids FROM 's3://{bucket}/{prefix}/parts/region=c%2Fd/' IAM_ROLE '{role}' FORMAT PARQUET;
COPY ids FROM 's3://{bucket}/{prefix}/parts/region=__HIVE_DEFAULT_PARTITION__/' IAM_ROLE '{role}' FORMAT PARQUET;
SELECT id FROM ids ORDER BY id;
--> [[2], [3]]
UNLOAD ('SELECT id, region FROM t') TO 's3://{bucket}/{prefix}/included/' IAM_ROLE '{role}' FORMAT CSV PARTITION BY (region) INCLUDE PARALLEL OFF;

