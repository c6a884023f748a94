CREATE TABLE target (id int, name varchar(9));
CREATE TABLE source (id int, name varchar(9));
INSERT INTO source VALUES (1, 'a');
ALTER TABLE target APPEND FROM source;
SELECT * FROM target;
--> [1, "a"]
SELECT COUNT(*) FROM source;
--> 0
CREATE TABLE wide (id int, name varchar(9), more int);
INSERT INTO wide VALUES (2, 'b', 3);
ALTER TABLE target APPEND FROM wide;
--! Source table has columns that the target has not: more
ALTER TABLE target APPEND FROM wide IGNOREEXTRA;
SELECT COUNT(*) FROM target;
--> 2
ALTER TABLE wide APPEND FROM target FILLTARGET;
SELECT * FROM wide ORDER BY id;
--> [[1, "a", null], [2, "b", null]]
BEGIN;
ALTER TABLE target APPEND FROM source;
--! ALTER TABLE APPEND cannot run inside a transaction block
ROLLBACK;
