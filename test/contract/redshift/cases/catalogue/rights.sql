CREATE TABLE t (a int);
CREATE VIEW v AS SELECT a FROM t;
CREATE MATERIALIZED VIEW m AS SELECT a FROM t;
GRANT SELECT ON t TO PUBLIC;
SELECT relation_name, privilege_type, identity_name, identity_type FROM svv_relation_privileges WHERE namespace_name = '{schema}' AND identity_type = 'public';
--> ["t", "SELECT", "public", "public"]
SELECT HAS_TABLE_PRIVILEGE('{schema}.t', 'select'), HAS_SCHEMA_PRIVILEGE('{schema}', 'usage');
--> [true, true]
SELECT TRIM(name) FROM svv_mv_info WHERE TRIM(schema_name) = '{schema}';
--> "m"
CREATE PROCEDURE p(x int) AS $$ BEGIN NULL; END; $$ LANGUAGE plpgsql;
SELECT function_name, function_type FROM svv_redshift_functions WHERE schema_name = '{schema}';
--> ["p", "STORED PROCEDURE"]
SELECT COUNT(*) > 0 FROM stv_sessions;
--> true
SELECT CURRENT_SCHEMA();
--> "{schema}"
