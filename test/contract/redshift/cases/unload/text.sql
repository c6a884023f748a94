CREATE TABLE t (id int, name varchar(20), ok boolean, at timestamp);
INSERT INTO t VALUES (1, 'a|b', true, '2024-01-02 03:04:05'), (2, NULL, false, NULL), (3, '', NULL, NULL);
UNLOAD ('SELECT * FROM t ORDER BY id') TO 's3://{bucket}/{prefix}/plain_' IAM_ROLE '{role}' PARALLEL OFF;
--get plain_000 "1|a|b|t|2024-01-02 03:04:05\n2||f|\n3|||\n"
UNLOAD ('SELECT id, name FROM t ORDER BY id') TO 's3://{bucket}/{prefix}/quoted_' IAM_ROLE '{role}' PARALLEL OFF ADDQUOTES NULL AS 'nil' HEADER DELIMITER AS ';';
--get quoted_000 "id;name\n\"1\";\"a|b\"\n\"2\";nil\n\"3\";\"\"\n"
UNLOAD ('SELECT name FROM t WHERE id = 1') TO 's3://{bucket}/{prefix}/escaped_' IAM_ROLE '{role}' PARALLEL OFF ESCAPE;
--get escaped_000 "a\\|b\n"
UNLOAD ($$SELECT name FROM t WHERE name = 'a|b'$$) TO 's3://{bucket}/{prefix}/dollar_' IAM_ROLE '{role}' PARALLEL OFF;
--get dollar_000 "a|b\n"
UNLOAD ('SELECT name FROM t WHERE name = ''a|b''') TO 's3://{bucket}/{prefix}/doubled_' IAM_ROLE '{role}' PARALLEL FALSE EXTENSION 'txt';
--get doubled_000.txt "a|b\n"
