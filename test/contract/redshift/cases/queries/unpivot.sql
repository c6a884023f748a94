CREATE TABLE colors (quality varchar(9), red int, green int, blue int);
INSERT INTO colors VALUES ('high', 15, 20, 7), ('low', 35, NULL, 40);
SELECT * FROM colors UNPIVOT (cnt FOR color IN (red, green, blue)) ORDER BY quality, color;
--> [["high", "blue", 7], ["high", "green", 20], ["high", "red", 15], ["low", "blue", 40], ["low", "red", 35]]
SELECT color, cnt FROM (SELECT red, green FROM colors) UNPIVOT INCLUDE NULLS (cnt FOR color IN (red AS 'r', green AS 'g')) AS u WHERE cnt IS NULL;
--> ["g", null]
WITH low AS (SELECT * FROM colors WHERE quality = 'low') SELECT SUM(cnt) FROM low UNPIVOT (cnt FOR color IN (red, green, blue));
--> 75
