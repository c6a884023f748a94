-- A column's alias may be used by the columns after it; a column of that name goes first.
CREATE TABLE ads (clicks int, impressions int);
INSERT INTO ads VALUES (1, 4);
SELECT clicks::float8 / impressions AS probability, ROUND(100 * probability, 1) AS percentage FROM ads;
--> [0.25, 25]
SELECT impressions * 2 AS clicks, clicks + 1 AS next FROM ads;
--> [8, 2]
SELECT 1 AS a, a + 1 AS b, a + b AS c;
--> [1, 2, 3]
SELECT q.b FROM (SELECT 5 AS a, a * a AS b) AS q;
--> 25
WITH base AS (SELECT clicks AS x FROM ads) SELECT x AS y, y + 1 AS z FROM base;
--> [1, 2]
SELECT b AS a, a + 1 AS b FROM ads;
--! column "b" does not exist
