CREATE GROUP {schema}_readers;
CREATE TABLE t (n int);
GRANT USAGE ON SCHEMA {schema} TO GROUP {schema}_readers;
GRANT SELECT, INSERT ON TABLE t TO GROUP {schema}_readers;
GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO GROUP {schema}_readers;
REVOKE INSERT ON t FROM GROUP {schema}_readers;
CREATE PROCEDURE p(n int) AS $$ BEGIN NULL; END; $$ LANGUAGE plpgsql;
GRANT EXECUTE ON PROCEDURE p(int) TO GROUP {schema}_readers;
GRANT EXECUTE ON PROCEDURE {schema}.p(integer) TO PUBLIC;
GRANT SELECT ON missing TO GROUP {schema}_readers;
--! relation "missing" does not exist
GRANT SELECT ON t TO nobody_there;
--! user "nobody_there" does not exist
CREATE USER weak_one PASSWORD 'weak';
--! invalid password
REVOKE ALL ON ALL TABLES IN SCHEMA {schema} FROM GROUP {schema}_readers;
REVOKE ALL ON SCHEMA {schema} FROM GROUP {schema}_readers;
DROP PROCEDURE p(int);
DROP GROUP {schema}_readers;
