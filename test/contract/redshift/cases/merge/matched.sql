CREATE TABLE target (id int, name varchar(9));
CREATE TABLE source (id int, name varchar(9));
INSERT INTO target VALUES (1, 'old'), (2, 'kept');
INSERT INTO source VALUES (1, 'new'), (3, 'added');
MERGE INTO target USING source ON target.id = source.id WHEN MATCHED THEN UPDATE SET name = source.name WHEN NOT MATCHED THEN INSERT VALUES (source.id, source.name);
SELECT * FROM target ORDER BY id;
--> [[1, "new"], [2, "kept"], [3, "added"]]
MERGE INTO target USING source ON target.id = source.id WHEN MATCHED THEN DELETE WHEN NOT MATCHED THEN INSERT (id) VALUES (source.id);
SELECT * FROM target ORDER BY id;
--> [2, "kept"]
MERGE INTO target USING source ON target.id = source.id WHEN MATCHED THEN DELETE;
--! syntax error
