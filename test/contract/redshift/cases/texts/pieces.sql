SELECT SPLIT_PART('abc$def$ghi', '$', 2), SPLIT_PART('abc$def', '$', 4), SPLIT_PART('abc', '#', 1);
--> ["def", "", "abc"]
SELECT SPLIT_PART('a,b', ',', 0);
--! field position must be greater than zero
SELECT SPLIT_PART('a,b', ',', -1);
--! field position must be greater than zero
SELECT CHARINDEX('fish', 'dogfish'), POSITION('o' IN 'dog'), STRPOS('dog', 'g'), CHARINDEX('x', 'dog');
--> [4, 2, 3, 0]
SELECT LEFT('abcdef', 2), RIGHT('abcdef', 2), SUBSTRING('caterpillar', 6, 4), SUBSTR('caterpillar', 6);
--> ["ab", "ef", "pill", "pillar"]
SELECT LPAD('7', 3, '0'), RPAD('a', 3, 'xy'), REPEAT('ab', 2), REVERSE('abc'), INITCAP('john SMITH');
--> ["007", "axy", "abab", "cba", "John Smith"]
SELECT TRIM('  a '), BTRIM('xxaxx', 'x'), LTRIM('xxa', 'x'), RTRIM('axx', 'x'), TRIM(BOTH '"' FROM '"a"');
--> ["a", "a", "a", "a", "a"]
SELECT REPLACE('abcab', 'ab', '-'), TRANSLATE('mint tea', 'inea', 'osin'), ASCII('a'), CHR(97);
--> ["-c-", "most tin", 97, "a"]
SELECT STRTOL('abcd1234', 16), STRTOL('101', 2), TO_HEX(255);
--> [2882343476, 5, "ff"]
SELECT LEN('größe'), OCTET_LENGTH('größe'), TEXTLEN('ab'), CHARACTER_LENGTH('abc');
--> [5, 7, 2, 3]
