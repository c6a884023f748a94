/** Views of databases, roles, rights and what else an administrator asks for. */

const DATABASE = "pg_catalog.regexp_replace(current_database()::text, '^redshift_', '')";
const user = (name: string) => `pg_catalog.regexp_replace(${name}::text, '^redshift_', '')`;
const OWN_SCHEMAS = "n.nspname <> 'redshift_catalog' AND n.nspname NOT LIKE 'pg\\_t%'";
const KIND = "CASE WHEN i.oid IS NULL THEN 'public' WHEN i.rolcanlogin THEN 'user' ELSE 'role' END";
const IDENTITY = `a.grantee AS identity_id, coalesce(${user('i.rolname')}, 'public') AS identity_name, ${KIND} AS identity_type, a.is_grantable AS admin_option`;

export const RIGHTS_VIEWS = `
CREATE OR REPLACE VIEW redshift_catalog.svv_redshift_databases AS
  SELECT ${user('datname')} AS database_name, datdba::int AS database_owner, 'local'::text AS database_type, NULL::text AS database_acl,
    NULL::text AS database_options, 'Snapshot Isolation'::text AS database_isolation_level
  FROM pg_catalog.pg_database WHERE datname LIKE 'redshift\\_%';
CREATE OR REPLACE VIEW redshift_catalog.svv_redshift_schemas AS
  SELECT database_name, schema_name, schema_owner, schema_type, schema_acl, schema_option FROM redshift_catalog.svv_schemas;
CREATE OR REPLACE VIEW redshift_catalog.svv_redshift_functions AS
  SELECT ${DATABASE} AS database_name, n.nspname::text AS schema_name, p.proname::text AS function_name,
    CASE p.prokind WHEN 'p' THEN 'STORED PROCEDURE' ELSE 'REGULAR FUNCTION' END AS function_type,
    pg_catalog.pg_get_function_identity_arguments(p.oid) AS argument_type, coalesce(pg_catalog.pg_get_function_result(p.oid), '') AS result_type
  FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
  WHERE ${OWN_SCHEMAS} AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND p.prorettype <> 'record'::regtype;
CREATE OR REPLACE VIEW redshift_catalog.svv_mv_info AS
  SELECT ${DATABASE}::char(128) AS database_name, n.nspname::char(128) AS schema_name, ${user('pg_catalog.pg_get_userbyid(c.relowner)')}::char(128) AS user_name,
    c.relname::char(128) AS name, 'u'::char(1) AS is_stale, 0 AS state, 'f'::char(1) AS autorewrite, 'f'::char(1) AS autorefresh
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'm';
CREATE OR REPLACE VIEW redshift_catalog.svv_roles AS
  SELECT oid::int AS role_id, ${user('rolname')} AS role_name, NULL::text AS role_owner, NULL::text AS external_id
  FROM pg_catalog.pg_roles WHERE rolname LIKE 'redshift\\_%' AND NOT rolcanlogin;
CREATE OR REPLACE VIEW redshift_catalog.svv_user_grants AS
  SELECT m.member::int AS user_id, ${user('u.rolname')} AS user_name, m.roleid::int AS role_id, ${user('r.rolname')} AS role_name, m.admin_option
  FROM pg_catalog.pg_auth_members m JOIN pg_catalog.pg_roles u ON u.oid = m.member AND u.rolcanlogin
    JOIN pg_catalog.pg_roles r ON r.oid = m.roleid AND r.rolname LIKE 'redshift\\_%';
CREATE OR REPLACE VIEW redshift_catalog.svv_relation_privileges AS
  SELECT n.nspname::text AS namespace_name, c.relname::text AS relation_name, a.privilege_type::text, ${IDENTITY}
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace,
    LATERAL pg_catalog.aclexplode(coalesce(c.relacl, pg_catalog.acldefault('r', c.relowner))) AS a LEFT JOIN pg_catalog.pg_roles i ON i.oid = a.grantee
  WHERE c.relkind IN ('r', 'v', 'm') AND ${OWN_SCHEMAS} AND n.nspname NOT IN ('pg_catalog', 'information_schema')
    AND a.privilege_type IN ('SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES');
CREATE OR REPLACE VIEW redshift_catalog.svv_schema_privileges AS
  SELECT n.nspname::text AS namespace_name, a.privilege_type::text, ${IDENTITY}
  FROM pg_catalog.pg_namespace n, LATERAL pg_catalog.aclexplode(coalesce(n.nspacl, pg_catalog.acldefault('n', n.nspowner))) AS a
    LEFT JOIN pg_catalog.pg_roles i ON i.oid = a.grantee
  WHERE ${OWN_SCHEMAS} AND n.nspname NOT IN ('pg_catalog', 'information_schema');
CREATE OR REPLACE VIEW redshift_catalog.stv_sessions AS
  SELECT backend_start::timestamp AS starttime, pid AS process, ${user('usename')}::char(50) AS user_name, ${user('datname')}::char(50) AS db_name, 0 AS timeout_sec
  FROM pg_catalog.pg_stat_activity WHERE datname LIKE 'redshift\\_%' AND usename LIKE 'redshift\\_%';

CREATE OR REPLACE FUNCTION redshift_catalog.has_table_privilege(relation text, privilege text) RETURNS boolean LANGUAGE sql STABLE STRICT
AS $$ SELECT pg_catalog.has_table_privilege(relation, privilege) $$;
CREATE OR REPLACE FUNCTION redshift_catalog.has_table_privilege(who text, relation text, privilege text) RETURNS boolean LANGUAGE sql STABLE STRICT
AS $$ SELECT pg_catalog.has_table_privilege(('redshift_' || who)::name, relation, privilege) $$;
CREATE OR REPLACE FUNCTION redshift_catalog.has_schema_privilege(schema text, privilege text) RETURNS boolean LANGUAGE sql STABLE STRICT
AS $$ SELECT pg_catalog.has_schema_privilege(schema, privilege) $$;
CREATE OR REPLACE FUNCTION redshift_catalog.has_schema_privilege(who text, schema text, privilege text) RETURNS boolean LANGUAGE sql STABLE STRICT
AS $$ SELECT pg_catalog.has_schema_privilege(('redshift_' || who)::name, schema, privilege) $$;
-- Noted by COPY, for its session.
CREATE OR REPLACE FUNCTION redshift_catalog.pg_last_copy_count() RETURNS bigint LANGUAGE sql STABLE
AS $$ SELECT coalesce(nullif(current_setting('stepwell.copied', true), ''), '0')::bigint $$;
`;
