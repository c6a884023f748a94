-- EXCEPTION undoes the transaction, commits what its handler does and throws the error on; NONATOMIC commits each statement.
CREATE TABLE log (m varchar(60), n int);
CREATE PROCEDURE risky(fail int) AS $$
BEGIN
  INSERT INTO log VALUES ('first', fail);
  BEGIN
    INSERT INTO log VALUES ('second', 10 / fail);
  EXCEPTION WHEN OTHERS THEN
    INSERT INTO log VALUES ('caught ' || SQLERRM, 0);
  END;
  INSERT INTO log VALUES ('third', 0);
END;
$$ LANGUAGE plpgsql;
CALL risky(5);
CALL risky(0);
--! division by zero
SELECT m FROM log ORDER BY m;
--> [["caught division by zero"],["first"],["second"],["third"]]
TRUNCATE log;
CREATE PROCEDURE steps() NONATOMIC AS $$
DECLARE
  x int;
BEGIN
  INSERT INTO log VALUES ('kept', 1);
  x := 1 / 0;
  INSERT INTO log VALUES ('never', 1);
END;
$$ LANGUAGE plpgsql;
CALL steps();
--! Divide by zero
SELECT m FROM log;
--> "kept"
CREATE PROCEDURE inner_one(INOUT v int) AS $$
BEGIN
  v := v * 2;
  EXECUTE 'TRUNCATE TABLE log';
  INSERT INTO log VALUES ('inner', v);
END;
$$ LANGUAGE plpgsql;
CREATE PROCEDURE outer_one() AS $$
DECLARE w int := 4;
BEGIN
  CALL inner_one(w);
  INSERT INTO log VALUES ('outer', w);
  ROLLBACK;
  INSERT INTO log VALUES ('after', w);
END;
$$ LANGUAGE plpgsql;
CALL outer_one();
SELECT * FROM log;
--> ["after",8]
BEGIN;
CALL outer_one();
--! procedures that end transactions inside of a transaction
ROLLBACK;
CREATE PROCEDURE forgiving() NONATOMIC AS $$
DECLARE
  x int;
BEGIN
  INSERT INTO log VALUES ('forgiving', 1);
  x := 1 / 0;
EXCEPTION WHEN OTHERS THEN
  INSERT INTO log VALUES (SQLSTATE, 2);
END;
$$ LANGUAGE plpgsql;
CALL forgiving();
SELECT m FROM log WHERE n < 3 ORDER BY n;
--> [["forgiving"], ["22012"]]
