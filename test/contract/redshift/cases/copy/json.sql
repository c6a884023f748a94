CREATE TABLE t (id int, name varchar(9), doc super);
--put auto "{\"id\": 1, \"name\": \"a\", \"doc\": {\"x\": [1]}} {\"id\": 2,\n \"name\": null}\n{\"ID\": 3}"
COPY t FROM 's3://{bucket}/{prefix}/auto' IAM_ROLE '{role}' FORMAT JSON 'auto';
SELECT * FROM t ORDER BY id;
--> [[1, "a", "{\"x\":[1]}"], [2, null, null], [null, null, null]]
TRUNCATE t;
COPY t FROM 's3://{bucket}/{prefix}/auto' IAM_ROLE '{role}' JSON 'auto ignorecase';
SELECT MAX(id) FROM t;
--> 3
TRUNCATE t;
--put paths "{\"jsonpaths\": [\"$.doc.x[0]\", \"$['name']\", \"$.doc\"]}"
COPY t FROM 's3://{bucket}/{prefix}/auto' IAM_ROLE '{role}' JSON 's3://{bucket}/{prefix}/paths';
SELECT * FROM t WHERE id = 1;
--> [1, "a", "{\"x\":[1]}"]
--put few "{\"jsonpaths\": [\"$.id\"]}"
COPY t FROM 's3://{bucket}/{prefix}/auto' IAM_ROLE '{role}' JSON 's3://{bucket}/{prefix}/few';
--! Number of jsonpaths and the number of columns should match
CREATE TABLE whole (doc super);
COPY whole FROM 's3://{bucket}/{prefix}/auto' IAM_ROLE '{role}' FORMAT JSON 'noshred';
SELECT COUNT(*), MAX(w.doc.id::int) FROM whole w;
--> [3, 2]
