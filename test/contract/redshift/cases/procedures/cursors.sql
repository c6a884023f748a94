CREATE TABLE log (m varchar(60), n int);
CREATE PROCEDURE walk(last INOUT int) AS $$
<<whole>>
DECLARE
  total int = 0;
  same total%TYPE;
  numbers CURSOR FOR SELECT 5 AS v UNION ALL SELECT 7 ORDER BY 1;
  row record;
BEGIN
  OPEN numbers;
  LOOP
    FETCH numbers INTO row;
    EXIT WHEN NOT FOUND;
    total := total + row.v;
  END LOOP;
  CLOSE numbers;
  <<again>>
  LOOP
    total := total + 1;
    CONTINUE again WHEN total < last;
    EXIT again;
  END LOOP again;
  CASE total
    WHEN 1, 2 THEN NULL;
    ELSE INSERT INTO log VALUES ('many', total);
  END CASE;
  GET DIAGNOSTICS same := ROW_COUNT;
  SELECT INTO last same + COUNT(*) FROM log;
  UPDATE log SET n = n + last WHERE m = 'many';
  RETURN;
END;
$$ LANGUAGE plpgsql;
CALL walk(20);
--> 2
SELECT n FROM log;
--> 22
CREATE PROCEDURE opens(result INOUT refcursor) AS $$
BEGIN
  OPEN result FOR SELECT n FROM log;
END;
$$ LANGUAGE plpgsql;
BEGIN;
CALL opens('mine');
--> "mine"
FETCH ALL FROM mine;
--> 22
COMMIT;
BEGIN;
DECLARE c CURSOR FOR SELECT 1 AS a UNION ALL SELECT 2 ORDER BY 1;
FETCH NEXT FROM c;
--> 1
FETCH FORWARD 5 FROM c;
--> 2
CLOSE c;
COMMIT;
PREPARE plus (int) AS SELECT $1 + 1;
EXECUTE plus (41);
--> 42
DEALLOCATE plus;
