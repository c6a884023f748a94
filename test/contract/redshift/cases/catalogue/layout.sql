-- The layout of tables is shown as it was declared.
CREATE TABLE sales (id bigint IDENTITY(1,1), day date SORTKEY, shop varchar(20) ENCODE zstd, n int DISTKEY);
INSERT INTO sales (day, shop, n) VALUES ('2024-01-01', 'a', 1), ('2024-01-02', 'b', 2);
SELECT "column", type, encoding, distkey, sortkey, "notnull" FROM pg_table_def WHERE tablename = 'sales';
--> [["id", "bigint", "az64", false, 0, true], ["day", "date", "none", false, 1, false], ["shop", "character varying(20)", "zstd", false, 0, false], ["n", "integer", "az64", true, 0, false]]
SELECT "table", diststyle, sortkey1, sortkey_num, max_varchar, tbl_rows FROM svv_table_info WHERE schema = '{schema}';
--> ["sales", "KEY(n)", "day", 1, 20, "2"]
ALTER TABLE sales ALTER DISTSTYLE EVEN;
ALTER TABLE sales ALTER SORTKEY (shop, day);
SELECT diststyle, sortkey1, sortkey_num FROM svv_table_info WHERE schema = '{schema}' AND "table" = 'sales';
--> ["EVEN", "shop", 2]
CREATE TABLE empty (n int);
SELECT COUNT(*) FROM svv_table_info WHERE schema = '{schema}';
--> 1
CREATE TABLE copied DISTSTYLE ALL SORTKEY (n) AS SELECT n FROM sales;
SELECT diststyle, sortkey1 FROM svv_table_info WHERE "table" = 'copied' AND schema = '{schema}';
--> ["ALL", "n"]
CREATE TABLE bad (n int ENCODE gzip);
--! encoding type "gzip" is not supported
SELECT table_name, table_type FROM svv_tables WHERE table_schema = '{schema}' ORDER BY 1;
--> [["copied", "BASE TABLE"], ["empty", "BASE TABLE"], ["sales", "BASE TABLE"]]
SELECT column_name, data_type, character_maximum_length FROM svv_columns WHERE table_schema = '{schema}' AND table_name = 'sales' AND ordinal_position > 2 ORDER BY ordinal_position;
--> [["shop", "character varying", 20], ["n", "integer", null]]
SELECT schema_name, schema_type FROM svv_schemas WHERE schema_name = '{schema}';
--> ["{schema}", "local"]
SELECT COUNT(*) FROM svv_all_columns WHERE schema_name = '{schema}' AND table_name = 'empty';
--> 1
