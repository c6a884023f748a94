-- Trailing blanks mean nothing in comparisons, of a VARCHAR neither; LEN counts them.
CREATE TABLE address (v varchar(40), c char(10));
INSERT INTO address VALUES ('Magnolia', 'a'), ('Magnolia  ', 'a   ');
SELECT COUNT(*) FROM address WHERE v = 'Magnolia';
--> 2
SELECT COUNT(DISTINCT v) FROM address;
--> 1
SELECT COUNT(*) FROM address a JOIN address b ON a.v = b.v;
--> 4
SELECT LEN(v) FROM address ORDER BY 1;
--> [[8], [10]]
SELECT LEN(c) FROM address;
--> [[1], [1]]
SELECT 'x ' = 'x', UPPER('x ') = 'X', 'x ' <> 'x', 'x' IN ('x  ');
--> [true, true, false, true]
SELECT ' x' = 'x', '' = ' ';
--> [false, true]
SELECT v || '|' FROM address ORDER BY LEN(v);
--> [["Magnolia|"], ["Magnolia  |"]]
SELECT v, COUNT(*) FROM address GROUP BY v HAVING COUNT(*) > 1;
--> ["Magnolia", 2]
