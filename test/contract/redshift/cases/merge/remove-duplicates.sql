CREATE TABLE target (id int, name varchar(9));
CREATE TABLE source (id int, name varchar(9));
INSERT INTO target VALUES (1, 'old'), (1, 'twice'), (2, 'kept'), (2, 'kept');
INSERT INTO source VALUES (1, 'new'), (3, 'added');
MERGE INTO target USING source ON target.id = source.id REMOVE DUPLICATES;
SELECT * FROM target ORDER BY id;
--> [[1, "new"], [2, "kept"], [2, "kept"], [3, "added"]]
MERGE INTO target USING source AS s ON target.id = s.id REMOVE DUPLICATES;
SELECT COUNT(*) FROM target;
--> 4
INSERT INTO source VALUES (1, 'again');
MERGE INTO target USING source ON target.id = source.id REMOVE DUPLICATES;
--! Found multiple matches to update the same tuple.
CREATE TABLE wide (id int, name varchar(9), more int);
MERGE INTO target USING wide ON target.id = wide.id REMOVE DUPLICATES;
--! must have the same number of columns
