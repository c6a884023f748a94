CREATE TABLE t (a int, b varchar(4));
INSERT INTO t VALUES (1, 'abcd');
ALTER TABLE t ADD COLUMN c int DEFAULT 7;
ALTER TABLE t ADD d varchar(10) ENCODE lzo;
SELECT * FROM t;
--> [1, "abcd", 7, null]
ALTER TABLE t RENAME COLUMN d TO e;
ALTER TABLE t ALTER COLUMN b TYPE varchar(8);
UPDATE t SET b = 'abcdefgh', e = 'x';
ALTER TABLE t ALTER COLUMN a TYPE bigint;
--! can only change the length of a VARCHAR column
ALTER TABLE t DROP COLUMN c;
SELECT * FROM t;
--> [1, "abcdefgh", "x"]
ALTER TABLE t RENAME TO u;
SELECT A, "B" FROM U;
--> [1, "abcdefgh"]
ALTER TABLE u ADD COLUMN f int NOT NULL;
--! must have a non-null default expression
