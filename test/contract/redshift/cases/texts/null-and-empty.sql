-- NULL is not the empty text, and makes a concatenation NULL.
SELECT 'a' || NULL, CONCAT('a', NULL), CONCAT('a', 'b');
--> [null, null, "ab"]
SELECT '' IS NULL, LEN(''), NVL('', 'x'), NULLIF('', '');
--> [false, 0, "", null]
SELECT CONCAT('a', 'b', 'c');
--! function concat
SELECT NVL(NULL, NULL, 'c'), COALESCE(NULL, 'd'), NVL2(1, 'yes', 'no'), ISNULL(NULL, 2);
--> ["c", "d", "yes", 2]
SELECT DECODE(NULL, NULL, 'same'), DECODE(1, 2, 'two', 'other'), DECODE(1, 2, 'two');
--> ["same", "other", null]
SELECT GREATEST(1, NULL, 3), LEAST('b', 'a');
--> [3, "a"]
