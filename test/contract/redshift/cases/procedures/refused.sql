CREATE PROCEDURE p() AS $$ BEGIN SELECT 1; END; $$ LANGUAGE plpgsql;
--! query has no destination for result data
CREATE PROCEDURE p() AS $$ DECLARE x jsonb; BEGIN NULL; END; $$ LANGUAGE plpgsql;
--! type "jsonb" does not exist
CREATE PROCEDURE p() AS $$ BEGIN PERFORM generate_series(1, 2); END; $$ LANGUAGE plpgsql;
--! function generate_series() does not exist
CREATE PROCEDURE p() AS $$ BEGIN INSERT INTO t VALUES (1) RETURNING a; END; $$ LANGUAGE plpgsql;
--! syntax error at or near "returning"
CREATE PROCEDURE p() AS $$ BEGIN UNLOAD ('select 1') TO 's3://b/k' IAM_ROLE default; END; $$ LANGUAGE plpgsql;
--! does not support UNLOAD in procedures
