-- Functions of one's own, in SQL.
CREATE FUNCTION f_greater(float, float) RETURNS float STABLE AS $$
  SELECT CASE WHEN $1 > $2 THEN $1 ELSE $2 END
$$ LANGUAGE sql;
SELECT f_greater(1, 2.5), {schema}.f_greater(3, 1);
--> [2.5, 3]
CREATE OR REPLACE FUNCTION f_label(varchar, int) RETURNS varchar IMMUTABLE AS $$ SELECT NVL($1, 'none') || ' ' || f_greater($2, 2)::int $$ LANGUAGE sql;
CREATE TABLE t (v varchar(9), n int);
INSERT INTO t VALUES ('a', 1), (NULL, 5);
SELECT f_label(v, n) FROM t ORDER BY n;
--> [["a 2"], ["none 5"]]
CREATE VIEW v AS SELECT f_label(v, n) AS label FROM t;
SELECT label FROM v ORDER BY label;
--> [["a 2"], ["none 5"]]
CREATE FUNCTION f_query() RETURNS int STABLE AS $$ SELECT n FROM t $$ LANGUAGE sql;
--! The select expression can not have subqueries or references to tables/columns.
CREATE FUNCTION f_python(a int) RETURNS int IMMUTABLE AS $$ return a $$ LANGUAGE plpythonu;
--! does not support functions in plpythonu
GRANT EXECUTE ON FUNCTION f_greater(float, float) TO PUBLIC;
DROP VIEW v;
DROP FUNCTION f_label(varchar, int);
SELECT f_label('a', 1);
--! function f_label() does not exist
