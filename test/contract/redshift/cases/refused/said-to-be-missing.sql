-- What Redshift has and this does not: an error that says so.
CREATE TABLE t (a geometry);
--! does not support the type GEOMETRY
CREATE EXTERNAL SCHEMA s FROM DATA CATALOG DATABASE 'd' IAM_ROLE default;
--! does not support CREATE EXTERNAL
EXPLAIN VACUUM;
--! does not support EXPLAIN VACUUM
CREATE TABLE u (v varchar(9) COLLATE CASE_INSENSITIVE);
--! does not support COLLATE CASE_INSENSITIVE
