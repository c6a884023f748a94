-- QUALIFY keeps rows by a window function.
CREATE TABLE sales (id int, region varchar(9), amount int);
INSERT INTO sales VALUES (1, 'east', 10), (2, 'east', 30), (3, 'west', 20), (4, 'west', 5);
SELECT * FROM sales QUALIFY ROW_NUMBER() OVER (PARTITION BY region ORDER BY amount DESC) = 1 ORDER BY id;
--> [[2, "east", 30], [3, "west", 20]]
SELECT region, SUM(amount) AS total FROM sales GROUP BY region QUALIFY RANK() OVER (ORDER BY SUM(amount) DESC) = 1;
--> ["east", 40]
SELECT id, RANK() OVER (ORDER BY amount) AS place FROM sales WHERE region <> 'none' QUALIFY place <= 2 ORDER BY place;
--> [[4, 1], [1, 2]]
SELECT s.*, t.id AS other FROM sales s JOIN sales t ON s.id = t.id QUALIFY ROW_NUMBER() OVER (ORDER BY s.id) = 2;
--> [2, "east", 30, 2]
SELECT COUNT(*) FROM (SELECT * FROM sales QUALIFY ROW_NUMBER() OVER (ORDER BY id) > 1) AS q;
--> 3
WITH big AS (SELECT * FROM sales WHERE amount > 5) SELECT id FROM big QUALIFY ROW_NUMBER() OVER (ORDER BY id DESC) = 1;
--> 3
