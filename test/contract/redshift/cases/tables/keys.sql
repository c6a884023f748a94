-- Keys are for the planner; nobody enforces them. NOT NULL is.
CREATE TABLE parent (id int PRIMARY KEY, name varchar(9) UNIQUE);
CREATE TABLE child (id int REFERENCES parent (id), n int NOT NULL);
INSERT INTO parent VALUES (1, 'x'), (1, 'x');
INSERT INTO child VALUES (99, 1);
SELECT COUNT(*) FROM parent;
--> 2
INSERT INTO child VALUES (1, NULL);
--! Cannot insert a NULL value into column n
INSERT INTO parent VALUES (NULL, 'y');
--! Cannot insert a NULL value into column id
CREATE TABLE checked (n int, CHECK (n > 0));
--! CHECK constraints are not supported
ALTER TABLE parent ADD CONSTRAINT parent_name UNIQUE (name);
ALTER TABLE parent DROP CONSTRAINT parent_name;
