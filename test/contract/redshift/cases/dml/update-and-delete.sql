CREATE TABLE t (id int, v varchar(9));
CREATE TABLE s (id int, v varchar(9));
INSERT INTO t VALUES (1, 'a'), (2, 'b'), (3, 'c');
INSERT INTO s VALUES (1, 'x'), (3, 'z');
UPDATE t SET v = s.v FROM s WHERE t.id = s.id AND s.id = 1;
DELETE FROM t USING s WHERE t.id = s.id AND s.id = 3;
SELECT * FROM t ORDER BY id;
--> [[1, "x"], [2, "b"]]
DELETE t WHERE id = 2;
INSERT INTO t SELECT id + 10, v FROM s;
INSERT INTO t (id) VALUES (20), (21);
SELECT COUNT(*), COUNT(v) FROM t;
--> [5, 3]
WITH big AS (SELECT id FROM t WHERE id > 15) SELECT COUNT(*) FROM big;
--> 2
INSERT INTO t (SELECT id, v FROM s);
SELECT COUNT(*) FROM t WHERE id IN (SELECT id FROM s);
--> 3
SELECT id FROM t MINUS SELECT id FROM s ORDER BY id;
--> [[11], [13], [20], [21]]
