/** What a table's layout was declared as, kept beside it for the views that show it; and those views. */

/** Written by the owner of a table, by the function. */
export const LAYOUTS = `
CREATE TABLE IF NOT EXISTS redshift_catalog.layouts (table_id oid PRIMARY KEY, created timestamp NOT NULL DEFAULT now(), layout jsonb NOT NULL);
CREATE OR REPLACE FUNCTION redshift_catalog.note_layout(relation text, noted jsonb, changes boolean) RETURNS void LANGUAGE sql SECURITY DEFINER AS $$
  INSERT INTO redshift_catalog.layouts AS l (table_id, layout) SELECT oid, noted FROM pg_class WHERE oid = to_regclass(relation)
  ON CONFLICT (table_id) DO UPDATE SET layout = CASE WHEN changes THEN l.layout || excluded.layout ELSE l.layout END
$$;
CREATE OR REPLACE FUNCTION redshift_catalog.row_count(relation oid) RETURNS bigint LANGUAGE plpgsql STABLE AS $$
DECLARE
  found bigint;
BEGIN
  EXECUTE format('SELECT count(*) FROM %s', relation::regclass) INTO found;
  RETURN found;
END $$;
CREATE OR REPLACE FUNCTION redshift_catalog.single_match(sources bigint) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  IF sources > 1 THEN RAISE cardinality_violation USING MESSAGE = 'Found multiple matches to update the same tuple.'; END IF;
  RETURN true;
END $$;
`;

/**
 * Views WITH NO SCHEMA BINDING outlive what they read: a view on a function, whose text PostgreSQL looks into only when it runs.
 * The function is its owner's, as the right to read is in Redshift.
 */
export const LATE_VIEWS = `
CREATE OR REPLACE PROCEDURE redshift_catalog.make_late_view(name text, query text, or_replace boolean) LANGUAGE plpgsql AS $$
DECLARE
  columns text;
BEGIN
  EXECUTE 'CREATE TEMP VIEW "stepwell late view" AS ' || query;
  SELECT string_agg(format('%I %s', attname, format_type(atttypid, atttypmod)), ', ' ORDER BY attnum) INTO columns
    FROM pg_catalog.pg_attribute WHERE attrelid = 'pg_temp."stepwell late view"'::regclass;
  DROP VIEW pg_temp."stepwell late view";
  IF or_replace THEN EXECUTE 'DROP VIEW IF EXISTS ' || name; END IF;
  EXECUTE format('DROP FUNCTION IF EXISTS %s()', name);
  EXECUTE format('CREATE FUNCTION %s() RETURNS SETOF record LANGUAGE sql STABLE SECURITY DEFINER SET search_path TO %s AS %L',
    name, current_setting('search_path'), query);
  EXECUTE format('CREATE VIEW %s AS SELECT * FROM %s() AS late(%s)', name, name, columns);
EXCEPTION WHEN undefined_table THEN
  RAISE feature_not_supported USING MESSAGE = 'The local Redshift does not support views WITH NO SCHEMA BINDING on what is not there yet: ' || SQLERRM;
END $$;
`;

const TYPE = "replace(format_type(a.atttypid, a.atttypmod), 'jsonb', 'super')";

/** The encoding that Redshift chooses where none is said. */
const ENCODING = `coalesce(l.layout -> 'encodings' ->> a.attname::text,
    CASE WHEN l.layout -> 'sortkeys' ? a.attname::text THEN 'none'
      WHEN format_type(a.atttypid, NULL) ~ '^(smallint|integer|bigint|numeric|date|time)' THEN 'az64'
      WHEN format_type(a.atttypid, NULL) ~ '^character' THEN 'lzo' ELSE 'none' END)`;

export const SYSTEM_VIEWS = `
DROP VIEW IF EXISTS redshift_catalog.pg_table_def;
CREATE VIEW redshift_catalog.pg_table_def AS
  SELECT n.nspname AS schemaname, c.relname AS tablename, a.attname AS "column", ${TYPE} AS type, ${ENCODING} AS encoding,
    coalesce(l.layout ->> 'distkey' = a.attname, false) AS distkey,
    coalesce((SELECT place::int FROM jsonb_array_elements_text(l.layout -> 'sortkeys') WITH ORDINALITY AS k(name, place) WHERE k.name = a.attname), 0) AS sortkey,
    a.attnotnull AS "notnull"
  FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = a.attrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    LEFT JOIN redshift_catalog.layouts l ON l.table_id = c.oid
  WHERE c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped AND n.nspname = ANY (current_schemas(false)) AND n.nspname <> 'redshift_catalog';

-- Empty tables are not in it, as in Redshift.
CREATE OR REPLACE VIEW redshift_catalog.svv_table_info AS
  SELECT pg_catalog.regexp_replace(current_database()::text, '^redshift_', '') AS database, n.nspname::text AS schema, c.oid AS table_id, c.relname::text AS "table",
    CASE WHEN l.layout ->> 'encodings' IS NULL OR l.layout ->> 'encodings' = '{}' THEN 'Y, AUTO(ENCODE)' ELSE 'Y' END AS encoded,
    CASE l.layout ->> 'style' WHEN 'KEY' THEN 'KEY(' || (l.layout ->> 'distkey') || ')' WHEN 'EVEN' THEN 'EVEN' WHEN 'ALL' THEN 'ALL' ELSE 'AUTO(ALL)' END AS diststyle,
    coalesce(l.layout -> 'sortkeys' ->> 0, 'AUTO(SORTKEY)') AS sortkey1,
    coalesce((SELECT max(a.atttypmod - 4) FROM pg_catalog.pg_attribute a WHERE a.attrelid = c.oid AND a.atttypid = 'varchar'::regtype AND NOT a.attisdropped), 0) AS max_varchar,
    CASE WHEN l.layout -> 'sortkeys' ->> 0 IS NOT NULL THEN 'none' END::char(32) AS sortkey1_enc,
    coalesce(jsonb_array_length(l.layout -> 'sortkeys'), 0) AS sortkey_num,
    greatest(1, ceil(pg_total_relation_size(c.oid) / 1048576.0))::bigint AS size, 0::numeric(10,4) AS pct_used, 0::bigint AS empty, 0::numeric(5,2) AS unsorted,
    0::numeric(5,2) AS stats_off, r.rows::numeric(38,0) AS tbl_rows, NULL::numeric(19,2) AS skew_sortkey1, NULL::numeric(19,2) AS skew_rows,
    r.rows::numeric(38,0) AS estimated_visible_rows, NULL::text AS risk_event, NULL::numeric(12,2) AS vacuum_sort_benefit, l.created AS create_time
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace LEFT JOIN redshift_catalog.layouts l ON l.table_id = c.oid,
    LATERAL (SELECT redshift_catalog.row_count(c.oid) AS rows) AS r
  WHERE c.relkind = 'r' AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'redshift_catalog') AND n.nspname NOT LIKE 'pg\\_t%' AND r.rows > 0;

CREATE OR REPLACE VIEW redshift_catalog.svv_schemas AS
  SELECT pg_catalog.regexp_replace(current_database()::text, '^redshift_', '') AS database_name, nspname::text AS schema_name, nspowner AS schema_owner, 'local'::text AS schema_type,
    NULL::text AS schema_acl, NULL::text AS source_database, NULL::text AS schema_option
  FROM pg_catalog.pg_namespace WHERE nspname <> 'redshift_catalog' AND nspname NOT LIKE 'pg\\_t%';
CREATE OR REPLACE VIEW redshift_catalog.svv_all_tables AS
  SELECT table_catalog AS database_name, table_schema AS schema_name, table_name, NULL::text AS table_acl,
    CASE table_type WHEN 'BASE TABLE' THEN 'TABLE' ELSE table_type END AS table_type, remarks FROM redshift_catalog.svv_tables;
CREATE OR REPLACE VIEW redshift_catalog.svv_redshift_tables AS
  SELECT database_name, schema_name, table_name, table_type, table_acl, remarks FROM redshift_catalog.svv_all_tables;
CREATE OR REPLACE VIEW redshift_catalog.svv_all_columns AS
  SELECT table_catalog AS database_name, table_schema AS schema_name, table_name, column_name, ordinal_position, column_default, is_nullable, data_type,
    character_maximum_length, numeric_precision, numeric_scale, NULL::text AS remarks FROM redshift_catalog.svv_columns;
CREATE OR REPLACE VIEW redshift_catalog.svv_redshift_columns AS SELECT * FROM redshift_catalog.svv_all_columns;

-- Brought up to date from the journal before a statement that asks for one of the views of it.
CREATE TABLE IF NOT EXISTS redshift_catalog.queries (
  query_id bigint PRIMARY KEY, user_name text, session_id int, database_name text, query_type text, status text, start_time timestamp, end_time timestamp,
  elapsed_time bigint, returned_rows bigint, returned_bytes bigint, query_text text, error_message text
);
CREATE OR REPLACE VIEW redshift_catalog.own_queries AS
  SELECT q.*, coalesce(r.oid::bigint, 0) AS user_id FROM redshift_catalog.queries q LEFT JOIN pg_catalog.pg_roles r ON r.rolname = q.user_name
  WHERE q.user_name = session_user OR (SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = session_user);
CREATE OR REPLACE VIEW redshift_catalog.sys_query_history AS
  SELECT user_id, query_id, NULL::char(320) AS query_label, NULL::bigint AS transaction_id, session_id, database_name::char(128), query_type::char(32),
    status::char(10), false AS result_cache_hit, start_time, end_time, elapsed_time, 0::bigint AS queue_time, elapsed_time AS execution_time,
    error_message::char(512), returned_rows, returned_bytes, query_text::char(4000), '1.0'::char(256) AS redshift_version, NULL::char(150) AS usage_limit,
    'primary'::char(32) AS compute_type, 0::bigint AS compile_time, 0::bigint AS planning_time, 0::bigint AS lock_wait_time
  FROM redshift_catalog.own_queries;
CREATE OR REPLACE VIEW redshift_catalog.stl_query AS
  SELECT user_id AS userid, query_id AS query, 'default'::char(320) AS label, NULL::bigint AS xid, session_id AS pid, database_name::char(32) AS database,
    query_text::char(4000) AS querytxt, start_time AS starttime, end_time AS endtime, CASE status WHEN 'canceled' THEN 1 ELSE 0 END AS aborted, 0 AS insert_pristine
  FROM redshift_catalog.own_queries WHERE end_time IS NOT NULL;
CREATE OR REPLACE VIEW redshift_catalog.svl_qlog AS
  SELECT user_id AS userid, query_id AS query, NULL::bigint AS xid, session_id AS pid, start_time AS starttime, end_time AS endtime, elapsed_time AS elapsed,
    CASE status WHEN 'canceled' THEN 1 ELSE 0 END AS aborted, NULL::char(320) AS label, query_text::char(60) AS substring, NULL::bigint AS source_query,
    NULL::text AS concurrency_scaling_status_txt, 0 AS from_sp_call
  FROM redshift_catalog.own_queries WHERE end_time IS NOT NULL;
CREATE OR REPLACE VIEW redshift_catalog.stv_inflight AS
  SELECT user_id AS userid, 0 AS slice, query_id AS query, 'default'::char(320) AS label, NULL::bigint AS xid, session_id AS pid, start_time AS starttime,
    query_text::char(100) AS text, 0 AS suspended, 0 AS insert_pristine, 0 AS concurrency_scaling_status
  FROM redshift_catalog.own_queries WHERE end_time IS NULL;
CREATE OR REPLACE VIEW redshift_catalog.stv_recents AS
  SELECT user_id AS userid, CASE WHEN end_time IS NULL THEN 'Running' ELSE 'Done' END::char(20) AS status, start_time AS starttime, elapsed_time AS duration,
    pg_catalog.regexp_replace(user_name, '^redshift_', '')::char(50) AS user_name, database_name::char(50) AS db_name, query_text::char(600) AS query, session_id AS pid
  FROM redshift_catalog.own_queries;
CREATE OR REPLACE VIEW redshift_catalog.sys_query_text AS
  SELECT user_id, query_id, NULL::bigint AS transaction_id, session_id, start_time, at AS sequence, substr(query_text, at * 4000 + 1, 4000)::char(4000) AS text
  FROM redshift_catalog.own_queries, LATERAL generate_series(0, greatest(0, (char_length(query_text) - 1) / 4000)) AS at;
CREATE OR REPLACE VIEW redshift_catalog.stl_querytext AS
  SELECT user_id AS userid, NULL::bigint AS xid, session_id AS pid, query_id AS query, at AS sequence, substr(query_text, at * 200 + 1, 200)::char(200) AS text
  FROM redshift_catalog.own_queries, LATERAL generate_series(0, greatest(0, (char_length(query_text) - 1) / 200)) AS at
  WHERE query_type IN ('SELECT', 'INSERT', 'UPDATE', 'DELETE', 'COPY', 'UNLOAD', 'MERGE');
CREATE OR REPLACE VIEW redshift_catalog.stl_ddltext AS
  SELECT user_id AS userid, NULL::bigint AS xid, session_id AS pid, 'default'::char(320) AS label, start_time AS starttime, end_time AS endtime, at AS sequence,
    substr(query_text, at * 200 + 1, 200)::char(200) AS text
  FROM redshift_catalog.own_queries, LATERAL generate_series(0, greatest(0, (char_length(query_text) - 1) / 200)) AS at WHERE query_type = 'DDL';
CREATE OR REPLACE VIEW redshift_catalog.svl_statementtext AS
  SELECT user_id AS userid, NULL::bigint AS xid, session_id AS pid, 'default'::char(320) AS label, start_time AS starttime, end_time AS endtime, at AS sequence,
    CASE query_type WHEN 'DDL' THEN 'DDL' WHEN 'UTILITY' THEN 'UTILITY' ELSE 'QUERY' END::varchar(10) AS type, substr(query_text, at * 200 + 1, 200)::char(200) AS text
  FROM redshift_catalog.own_queries, LATERAL generate_series(0, greatest(0, (char_length(query_text) - 1) / 200)) AS at;
CREATE OR REPLACE VIEW redshift_catalog.sys_load_history AS
  SELECT user_id, query_id, NULL::bigint AS transaction_id, session_id, database_name,
    CASE status WHEN 'success' THEN 'completed' WHEN 'running' THEN 'running' ELSE 'aborted' END AS status,
    translate((pg_catalog.regexp_match(query_text, '^\\s*copy\\s+(?:\\w+\\s*[.]\\s*)?("[^"]*"|\\w+)', 'i'))[1], '"', '') AS table_name,
    start_time, end_time, elapsed_time AS duration, (pg_catalog.regexp_match(query_text, 'from\\s+''([^'']*)''', 'i'))[1] AS data_source,
    CASE WHEN query_text ~* '\\mparquet\\M' THEN 'parquet' WHEN query_text ~* '\\mjson\\M' THEN 'json' WHEN query_text ~* '\\mcsv\\M' THEN 'csv' ELSE 'text' END AS file_format,
    returned_rows AS loaded_rows, error_message
  FROM redshift_catalog.own_queries WHERE query_type = 'COPY';
CREATE OR REPLACE VIEW redshift_catalog.sys_unload_history AS
  SELECT user_id, query_id, NULL::bigint AS transaction_id, session_id, database_name,
    CASE status WHEN 'success' THEN 'completed' WHEN 'running' THEN 'running' ELSE 'aborted' END AS status, start_time, end_time, elapsed_time AS duration,
    CASE WHEN query_text ~* '\\mparquet\\M' THEN 'parquet' WHEN query_text ~* '\\mjson\\M' THEN 'json' WHEN query_text ~* '\\mcsv\\M' THEN 'csv' ELSE 'text' END AS file_format,
    returned_rows AS unloaded_rows, error_message
  FROM redshift_catalog.own_queries WHERE query_type = 'UNLOAD';
`;

/** Views that Redshift shows to every user, each its own rows. */
export const PUBLIC_VIEWS =
  `sys_load_error_detail stl_load_errors pg_user svv_user_info pg_group pg_table_def svv_tables svv_columns svv_schemas svv_all_tables
  svv_redshift_tables svv_all_columns svv_redshift_columns svv_redshift_databases svv_redshift_schemas svv_redshift_functions svv_mv_info svv_roles
  svv_user_grants svv_relation_privileges svv_schema_privileges stv_sessions sys_query_history stl_query svl_qlog stv_inflight stv_recents sys_query_text
  stl_querytext stl_ddltext svl_statementtext sys_load_history sys_unload_history`.split(/\s+/);

/** Only superusers see these, unless they are granted. */
export const ADMIN_VIEWS = ['svv_table_info'];

/** Views of what has run. */
export const HISTORY_VIEWS = new Set(
  `sys_query_history stl_query svl_qlog stv_inflight stv_recents sys_query_text stl_querytext stl_ddltext svl_statementtext sys_load_history
  sys_unload_history`.split(/\s+/),
);
