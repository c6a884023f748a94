-- The scale of a quotient of DECIMALs is max(4, s1 + p2 - s2 + 1), less where the precision would pass 38.
CREATE TABLE sales (id int, paid decimal(8,2), commission decimal(8,2), n bigint, ratio float8);
INSERT INTO sales VALUES (1, 10.00, 4.00, 3, 0.5), (2, 20.00, 3.00, 7, 0.25);
SELECT paid / commission FROM sales ORDER BY id;
--> [["2.500000000"], ["6.666666666"]]
SELECT SUM(paid) / COUNT(*), SUM(paid) / SUM(commission) FROM sales;
--> ["15.0000", "4.2857"]
SELECT paid / 3, s.paid / s.n, paid / 3.0 FROM sales s WHERE id = 1;
--> ["3.3333333333333", "3.3333333333333333333333", "3.3333"]
SELECT n / 2, paid / ratio, n / ratio FROM sales WHERE id = 1;
--> [1, 20, 6]
SELECT 1.0 / 3, 10.00::decimal(19,2) / (4::decimal(19,0) / 2::decimal(19,0));
--> ["0.333333333333", "5.0000"]
SELECT id FROM sales WHERE paid / commission > 6.6;
--> 2
SELECT ROUND(100 * SUM(commission) / NULLIF(SUM(paid), 0), 2) FROM sales;
--> "23.33"
WITH t AS (SELECT paid AS x, commission AS y FROM sales WHERE id = 2) SELECT x / y FROM t;
--> "6.666666666"
SELECT (SELECT s.paid / o.commission FROM sales o WHERE o.id = 1) > 0 FROM sales s WHERE s.id = 1;
--> true
SELECT (paid * n) / commission, (paid + commission) / n FROM sales WHERE id = 1;
--> ["7.500000000", "4.6666666666666666666666"]
SELECT paid / 0 FROM sales;
--! Divide by zero
SELECT CASE WHEN id = 1 THEN paid / commission ELSE 0 END > 2 FROM sales WHERE id = 1;
--> true
