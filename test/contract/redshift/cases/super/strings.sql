-- A text becomes a SUPER string, whatever is in it; JSON is read by JSON_PARSE and COPY only.
CREATE TABLE t (id int, s super);
INSERT INTO t VALUES (1, '{"a": 1}'), (2, JSON_PARSE('{"a": 1}')), (3, 7), (4, NULL);
INSERT INTO t (s, id) VALUES ('it''s', 5);
INSERT INTO t SELECT 6, 'x'::varchar;
INSERT INTO t SELECT 7, true::super;
SELECT id, JSON_TYPEOF(s), s FROM t ORDER BY id;
--> [[1, "string", "\"{\\\"a\\\": 1}\""], [2, "object", "{\"a\":1}"], [3, "number", "7"], [4, null, null], [5, "string", "\"it's\""], [6, "string", "\"x\""], [7, "boolean", "true"]]
SELECT '[1]'::super, CAST('1' AS super), 1.5::super;
--> ["\"[1]\"", "\"1\"", "1.5"]
UPDATE t SET s = '[1]', id = id + 10 WHERE id = 2;
SELECT JSON_TYPEOF(s) FROM t WHERE id = 12;
--> "string"
