-- What PostgreSQL has and Redshift has not.
CREATE TABLE t (a int, b int);
INSERT INTO t VALUES (1, 1) ON CONFLICT DO NOTHING;
--! syntax error at or near "conflict"
INSERT INTO t VALUES (1, 1) RETURNING a;
--! syntax error at or near "returning"
SELECT ARRAY[1, 2];
--! syntax error at or near "["
CREATE TYPE mood AS ENUM ('sad');
--! SQL command "CREATE TYPE" not supported
CREATE INDEX i ON t (a);
--! SQL command "CREATE INDEX" not supported on Redshift tables.
CREATE UNIQUE INDEX i ON t (a);
--! SQL command "CREATE UNIQUE" not supported on Redshift tables.
CREATE SEQUENCE s;
--! SQL command "CREATE SEQUENCE" not supported
CREATE TRIGGER r BEFORE INSERT ON t EXECUTE PROCEDURE p();
--! SQL command "CREATE TRIGGER" not supported
CREATE EXTENSION pgcrypto;
--! SQL command "CREATE EXTENSION" not supported
CREATE RULE r AS ON INSERT TO t DO NOTHING;
--! SQL command "CREATE RULE" not supported
CREATE DOMAIN d AS int;
--! SQL command "CREATE DOMAIN" not supported
SELECT DISTINCT ON (a) a, b FROM t;
--! SELECT DISTINCT ON is not supported
SELECT * FROM (VALUES (1), (2)) AS v;
--! syntax error at or near "values"
VALUES (1);
--! syntax error at or near "VALUES"
SELECT COUNT(*) FILTER (WHERE a > 0) FROM t;
--! syntax error at or near "("
SELECT * FROM t, LATERAL (SELECT t.a) AS l;
--! syntax error at or near "lateral"
SELECT * FROM generate_series(1, 3);
--! function generate_series() does not exist
SELECT a IS DISTINCT FROM b FROM t;
--! syntax error at or near "distinct"
SELECT ROW(1, 2);
--! ROW expressions are not supported
SELECT '{"a":1}'::json;
--! type "json" does not exist
SELECT 'x'::uuid;
--! type "uuid" does not exist
SELECT '1'::money;
--! type "money" does not exist
SELECT '{"a": 1}'::jsonb -> 'a';
--! does not exist
SELECT * FROM t FOR UPDATE;
--! FOR UPDATE/SHARE is not supported
SELECT * FROM t TABLESAMPLE SYSTEM (10);
--! syntax error at or near "tablesample"
SELECT string_agg(a::varchar, ',') FROM t;
--! function string_agg() does not exist
SELECT array_agg(a) FROM t;
--! function array_agg() does not exist
SELECT corr(a, b), width_bucket(1, 0, 10, 5) FROM t;
--! does not exist
CREATE TABLE u (a serial);
--! unsupported type "serial"
CREATE TABLE u (a int[]);
--! unsupported type "int[]"
CREATE TABLE u (a bytea);
--! unsupported type "bytea"
CREATE TABLE u (a int) PARTITION BY RANGE (a);
--! syntax error at or near "PARTITION"
CREATE TABLE u (a int) INHERITS (t);
--! syntax error at or near "INHERITS"
CREATE TABLE u (a int GENERATED ALWAYS AS (1) STORED);
--! syntax error
DO $$ BEGIN END $$;
--! syntax error at or near "DO"
SAVEPOINT s;
--! syntax error at or near "SAVEPOINT"
LISTEN channel;
--! syntax error at or near "LISTEN"
TRUNCATE t RESTART IDENTITY;
--! syntax error at or near "RESTART"
WITH w AS (SELECT 1 AS a) INSERT INTO t SELECT a, a FROM w;
--! syntax error at or near "INSERT"
UPDATE t SET (a, b) = (1, 2);
--! syntax error at or near "("
SELECT true::varchar;
--! cannot cast type boolean to character varying
