CREATE TABLE t (id int, name varchar(40), price decimal(8,2), day date, doc super);
INSERT INTO t SELECT 1, 'say "hi", you', 1.5, '2024-02-29'::date, JSON_PARSE('{"a": [1, 2]}');
INSERT INTO t VALUES (2, NULL, NULL, NULL, NULL);
UNLOAD ('SELECT id, name, price, day FROM t ORDER BY id') TO 's3://{bucket}/{prefix}/csv/' IAM_ROLE '{role}' FORMAT AS CSV HEADER PARALLEL OFF;
--get csv/000 "id,name,price,day\n1,\"say \"\"hi\"\", you\",1.50,2024-02-29\n2,,,\n"
CREATE TABLE back (id int, name varchar(40), price decimal(8,2), day date);
COPY back FROM 's3://{bucket}/{prefix}/csv/' IAM_ROLE '{role}' CSV IGNOREHEADER 1 EMPTYASNULL;
SELECT * FROM back ORDER BY id;
--> [[1, "say \"hi\", you", "1.50", "2024-02-29"], [2, null, null, null]]
UNLOAD ('SELECT * FROM t ORDER BY id') TO 's3://{bucket}/{prefix}/json/' IAM_ROLE '{role}' FORMAT JSON PARALLEL OFF;
--get json/000.json "{\"id\":1,\"name\":\"say \\\"hi\\\", you\",\"price\":1.50,\"day\":\"2024-02-29\",\"doc\":{\"a\":[1,2]}}\n{\"id\":2,\"name\":null,\"price\":null,\"day\":null,\"doc\":null}\n"
TRUNCATE back;
COPY back FROM 's3://{bucket}/{prefix}/json/' IAM_ROLE '{role}' FORMAT JSON 'auto';
SELECT COUNT(*), MAX(name) FROM back;
--> [2, "say \"hi\", you"]
UNLOAD ('SELECT id FROM t ORDER BY id') TO 's3://{bucket}/{prefix}/gz/' IAM_ROLE '{role}' CSV GZIP MANIFEST;
CREATE TABLE ids (id int);
COPY ids FROM 's3://{bucket}/{prefix}/gz/manifest' IAM_ROLE '{role}' CSV GZIP MANIFEST;
SELECT SUM(id) FROM ids;
--> 3
