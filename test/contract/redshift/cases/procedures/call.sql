CREATE TABLE log (n int, note varchar(40)) DISTKEY (n);
CREATE OR REPLACE PROCEDURE fill(first int, note_of IN varchar(20), total INOUT int) AS $$
DECLARE
  i int := 0;
  found int;
  row record;
BEGIN
  -- A loop, a condition, and Redshift's own functions.
  FOR i IN 1..3 LOOP
    IF i = 2 AND first > 0 THEN
      INSERT INTO log VALUES (i, NVL(NULL, note_of || ' two'));
    ELSIF i = 3 THEN
      INSERT INTO log VALUES (i, CASE WHEN i > 2 THEN 'it''s three' ELSE 'no' END);
    ELSE
      INSERT INTO log VALUES (i, DECODE(i, 1, 'one'));
    END IF;
  END LOOP;
  CREATE TEMP TABLE IF NOT EXISTS made DISTSTYLE ALL AS SELECT n FROM log;
  SELECT COUNT(*), MAX(LEN(note)) INTO found, total FROM log WHERE n > 0;
  WHILE i < 2 LOOP
    i := i + 1;
  END LOOP;
  FOR row IN SELECT n FROM log ORDER BY n LOOP
    total := total + row.n;
    EXIT WHEN row.n = 2;
  END LOOP;
  UPDATE log SET note = UPPER(note) WHERE n = found - 2;
  RAISE INFO 'found % rows', found;
END;
$$ LANGUAGE plpgsql;
CALL fill(1, 'said', 0);
--> 13
SELECT * FROM log ORDER BY n;
--> [[1, "ONE"], [2, "said two"], [3, "it's three"]]
SELECT COUNT(*) FROM made;
--> 3
CREATE PROCEDURE fails() AS $$
BEGIN
  INSERT INTO log VALUES (9, 'gone');
  RAISE EXCEPTION 'no % today', 'luck';
END;
$$ LANGUAGE plpgsql SECURITY INVOKER;
CALL fails();
--! no luck today
SELECT COUNT(*) FROM log WHERE n = 9;
--> 0
DROP PROCEDURE fails();
CALL fails();
--! procedure fails() does not exist
DROP PROCEDURE fill(int, varchar, int);
