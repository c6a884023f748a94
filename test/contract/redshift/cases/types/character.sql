CREATE TABLE t (v varchar(4), c char(4), x text, w varchar(max));
INSERT INTO t (v) VALUES ('größ');
--! Value too long for character type
INSERT INTO t (v, c, x) VALUES ('grö', 'ab', 'long');
INSERT INTO t (v) VALUES ('abcd    ');
SELECT v, LEN(v), c, LEN(c) FROM t ORDER BY v;
--> [["abcd", 4, null, null], ["grö", 3, "ab  ", 2]]
SELECT 'größe'::varchar(3), 'abc'::char(2), CAST('toolong' AS varchar(4));
--> ["gr", "ab", "tool"]
CREATE TABLE bad (v varchar(65536));
--! cannot exceed 65535
CREATE TABLE bad (c char(4097));
--! cannot exceed 4096
INSERT INTO t (x) VALUES (REPEAT('x', 257));
--! Value too long for character type
