CREATE PROCEDURE p() AS $$ BEGIN EXECUTE 'SELECT 1'; END; $$ LANGUAGE plpgsql;
--! does not support EXECUTE in procedures
CREATE PROCEDURE p() AS $$ BEGIN NULL; EXCEPTION WHEN OTHERS THEN NULL; END; $$ LANGUAGE plpgsql;
--! does not support EXCEPTION blocks
CREATE PROCEDURE p() NONATOMIC AS $$ BEGIN NULL; END; $$ LANGUAGE plpgsql;
--! does not support NONATOMIC procedures
CREATE PROCEDURE p() AS $$ BEGIN COMMIT; END; $$ LANGUAGE plpgsql;
--! does not support COMMIT in procedures
CREATE PROCEDURE p() AS $$ BEGIN SELECT 1; END; $$ LANGUAGE plpgsql;
--! query has no destination for result data
CREATE PROCEDURE p() AS $$ DECLARE x jsonb; BEGIN NULL; END; $$ LANGUAGE plpgsql;
--! type "jsonb" does not exist
CREATE PROCEDURE p() AS $$ BEGIN PERFORM generate_series(1, 2); END; $$ LANGUAGE plpgsql;
--! function generate_series() does not exist
CREATE PROCEDURE p() AS $$ BEGIN INSERT INTO t VALUES (1) RETURNING a; END; $$ LANGUAGE plpgsql;
--! syntax error at or near "returning"
