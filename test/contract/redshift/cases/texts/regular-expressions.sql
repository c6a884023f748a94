SELECT REGEXP_SUBSTR('a@example.com', '@[^.]*'), REGEXP_SUBSTR('abc', 'x'), REGEXP_SUBSTR('ab12cd34', '[0-9]+', 1, 2);
--> ["@example", "", "34"]
SELECT REGEXP_SUBSTR('This is a test', 'is a (\\w+)', 1, 1, 'e');
--> "test"
SELECT REGEXP_SUBSTR('FOX', 'fox', 1, 1, 'i'), REGEXP_COUNT('aXbX', 'x', 1, 'i'), REGEXP_COUNT('abcabc', 'a');
--> ["FOX", 2, 2]
SELECT REGEXP_INSTR('hello', 'l'), REGEXP_INSTR('hello', 'z');
--> [3, 0]
SELECT REGEXP_REPLACE('a1b22', '[0-9]+', '#'), REGEXP_REPLACE('a1b2', '[0-9]');
--> ["a#b#", "ab"]
SELECT REGEXP_REPLACE('the fox', 'FOX', 'cat', 1, 'i');
--> "the cat"
SELECT REGEXP_REPLACE('the fox', '(\\w+) (\\w+)', '$2 $1'), REGEXP_REPLACE('fox', 'o', '[$&]');
--> ["fox the", "f[o]x"]
SELECT REGEXP_SUBSTR('Password1', '^(?=.*[0-9]).*', 1, 1, 'p'), REGEXP_COUNT('a1 b2', '[a-z](?=[0-9])', 1, 'p'), REGEXP_REPLACE('abc123', '(?<=[a-z])\\d', '#', 1, 'p');
--> ["Password1", 2, "abc#23"]
SELECT REGEXP_SUBSTR('a', 'a|b', 1, 1, 'p');
--! does not support in patterns of Perl (p) alternatives
SELECT 'abc' ~ '^a', 'abc' LIKE 'a%', 'ABC' ILIKE 'a%', 'abc' SIMILAR TO '(a|b)%';
--> [true, true, true, true]
