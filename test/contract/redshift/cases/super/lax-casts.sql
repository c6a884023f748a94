-- A cast to what a SUPER value is not is NULL; an equation of different types is false, a comparison of their order NULL.
CREATE TABLE t (s super);
INSERT INTO t SELECT JSON_PARSE('{"text": "Good", "n": 300, "f": 1.5, "b": true, "digits": "12"}');
SELECT t.s.text::int, t.s.n::int, t.s.n::smallint, t.s.f::float, t.s.f::decimal(5,2), t.s.b::boolean, t.s.n::boolean, t.s.digits::int, t.s.digits::varchar::int FROM t;
--> [null, 300, 300, 1.5, "1.50", true, null, null, 12]
SELECT t.s.n = 'Good', t.s.text = 'Good', t.s.text <= 5, t.s.nothing = 'Good' FROM t;
--> [false, true, null, null]
SELECT IS_SMALLINT(t.s.n), IS_INTEGER(t.s.f), IS_BIGINT(t.s.n), IS_DECIMAL(t.s.f), IS_CHAR(t.s.text), IS_INTEGER(t.s.nothing) FROM t;
--> [true, false, true, true, true, false]
