-- A view WITH NO SCHEMA BINDING outlives its tables.
CREATE TABLE t (n int, v varchar(9));
INSERT INTO t VALUES (1, 'a');
CREATE VIEW late AS SELECT n, v FROM {schema}.t WITH NO SCHEMA BINDING;
SELECT * FROM late;
--> [1, "a"]
DROP TABLE t;
SELECT * FROM late;
--! relation "{schema}.t" does not exist
CREATE TABLE t (n int, v varchar(9));
INSERT INTO t VALUES (2, 'b');
SELECT v FROM late WHERE n = 2;
--> "b"
CREATE OR REPLACE VIEW late AS SELECT n * 10 AS ten FROM {schema}.t WITH NO SCHEMA BINDING;
SELECT ten FROM late;
--> 20
DROP VIEW late;
SELECT * FROM late;
--! relation "late" does not exist
CREATE VIEW bound AS SELECT n FROM t;
DROP TABLE t;
--! other objects depend on it
DROP TABLE t CASCADE;
SELECT * FROM bound;
--! relation "bound" does not exist
