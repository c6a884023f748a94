-- The text of an EXECUTE is Redshift's SQL.
CREATE TABLE log (m varchar(60), n int);
CREATE PROCEDURE note(name varchar(20), total OUT int) AS $$
DECLARE
  row record;
BEGIN
  EXECUTE 'INSERT INTO ' || quote_ident(name) || ' VALUES (''dynamic'', NVL(NULL, 5))';
  EXECUTE 'SELECT LEN(m) FROM log' INTO total;
  FOR row IN EXECUTE 'SELECT TOP 1 n FROM log ORDER BY n' LOOP
    total := total + row.n;
  END LOOP;
END;
$$ LANGUAGE plpgsql;
CALL note('log');
--> 12
CALL note('nowhere');
--! relation "nowhere" does not exist
CREATE PROCEDURE postgresql_only() AS $$
BEGIN
  EXECUTE 'INSERT INTO log VALUES (''x'', 1) ON CONFLICT DO NOTHING';
END;
$$ LANGUAGE plpgsql;
CALL postgresql_only();
--! syntax error at or near "conflict"
CREATE PROCEDURE copies() AS $$ BEGIN EXECUTE 'COPY log FROM ''s3://b/k'' IAM_ROLE default'; END; $$ LANGUAGE plpgsql;
CALL copies();
--! does not support COPY by EXECUTE in procedures
