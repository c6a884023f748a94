CREATE TABLE part (partname varchar(9), manufacturer varchar(9), quality int, price decimal(12,2));
INSERT INTO part VALUES ('P1', 'm1', 2, 10.00), ('P1', 'm1', NULL, 9.00), ('P2', 'm1', 1, 9.00), ('P3', 'm2', NULL, 5.00);
SELECT * FROM (SELECT partname, price FROM part) PIVOT (MAX(price) FOR partname IN ('P1', 'P2', 'P3'));
--> ["10.00", "9.00", "5.00"]
SELECT * FROM (SELECT partname, manufacturer FROM part) PIVOT (COUNT(*) FOR partname IN ('P1' AS p1, 'P2' AS p2)) AS turned ORDER BY manufacturer;
--> [["m1", 2, 1], ["m2", 0, 0]]
SELECT manufacturer, p1_least FROM (SELECT manufacturer, partname, price FROM part) PIVOT (MIN(price) AS least FOR partname IN ('P1')) ORDER BY 1;
--> [["m1", "9.00"], ["m2", null]]
