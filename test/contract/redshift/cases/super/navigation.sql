CREATE TABLE orders (id int, doc super);
INSERT INTO orders SELECT 1, JSON_PARSE('{"customer": {"name": "Ann", "age": 41}, "items": [{"sku": "x", "n": 2}, {"sku": "y", "n": 3}]}');
INSERT INTO orders SELECT 2, JSON_PARSE('{"customer": {"name": "Bob"}, "items": []}');
SELECT doc.customer.name FROM orders ORDER BY id;
--> [["\"Ann\""], ["\"Bob\""]]
SELECT o.doc.items[0].sku::varchar FROM orders o WHERE o.id = 1;
--> "x"
SELECT o.doc.customer.age::int + 1 FROM orders AS o ORDER BY o.id;
--> [[42], [null]]
SELECT id FROM orders o WHERE o.doc.customer.name = 'Ann';
--> 1
SELECT id FROM orders o WHERE o.doc.customer.age > 40;
--> 1
SELECT id FROM orders o WHERE o.doc.customer.name < 5;
--> []
SELECT o.id, i.sku, i.n::int * 2 FROM orders o, o.doc.items AS i ORDER BY 2;
--> [[1, "\"x\"", 4], [1, "\"y\"", 6]]
SELECT index, i.sku::varchar FROM orders o, o.doc.items i AT index ORDER BY index;
--> [[0, "x"], [1, "y"]]
SELECT o.id, i.sku FROM orders o LEFT JOIN o.doc.items i ON true WHERE o.id = 2;
--> [2, null]
SELECT attribute, value FROM orders o, UNPIVOT o.doc.customer AS value AT attribute WHERE o.id = 1 ORDER BY attribute;
--> [["age", "41"], ["name", "\"Ann\""]]
