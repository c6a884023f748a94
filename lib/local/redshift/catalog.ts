/**
 * What a Redshift database has and PostgreSQL has not: functions and views in the schema `redshift_catalog`, and lengths that count bytes.
 * Run as the superuser when a namespace's database is made, and again when this text changes.
 */
import { createHash } from 'node:crypto';
import { DATE_PARTS } from './catalog/dates';
import { DYNAMIC_SQL } from './catalog/dynamic';
import { HASH_FUNCTIONS } from './catalog/hashes';
import { NUMBER_FUNCTIONS } from './catalog/numbers';
import { RIGHTS_VIEWS } from './catalog/rights';
import { SUPER_SQL } from './catalog/super';
import { TEXT_FUNCTIONS } from './catalog/texts';
import { LATE_VIEWS, LAYOUTS, PUBLIC_VIEWS, SYSTEM_VIEWS } from './catalog/views';
import { WINDOW_FUNCTIONS } from './catalog/windows';
import { USERS_ROLE } from './users-role';

export const CATALOG_SCHEMA = 'redshift_catalog';

/**
 * varchar(n) and char(n) count bytes. Both lengths are checked by the function that pg_cast names for a type's cast to itself, whatever the value
 * comes from (a literal, a column, an expression), and pg_cast belongs to one database: so Aurora's keeps PostgreSQL's rule.
 * COPY does not pass here, but through the types' input functions: it is checked where the rows are read (load/).
 */
const BYTE_LENGTHS = `
CREATE OR REPLACE FUNCTION redshift_catalog.fit(value text, size int, type text, explicit boolean) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
  fitting text := value;
BEGIN
  IF NOT explicit AND octet_length(rtrim(value, ' ')) > size THEN
    RAISE string_data_right_truncation USING MESSAGE = 'Value too long for character type',
      DETAIL = format('Value too long for type %s(%s)', type, size);
  END IF;
  fitting := left(fitting, size);
  WHILE octet_length(fitting) > size LOOP
    fitting := left(fitting, -1);
  END LOOP;
  RETURN fitting;
END $$;

CREATE OR REPLACE FUNCTION redshift_catalog.varchar_bytes(value varchar, modifier int, explicit boolean) RETURNS varchar
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT CASE WHEN modifier < 5 OR octet_length(value) <= modifier - 4 THEN value
    ELSE redshift_catalog.fit(value::text, modifier - 4, 'character varying', explicit)::varchar END
$$;

CREATE OR REPLACE FUNCTION redshift_catalog.char_bytes(value bpchar, modifier int, explicit boolean) RETURNS bpchar
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT pg_catalog.bpchar(CASE WHEN modifier < 5 OR octet_length(value) <= modifier - 4 THEN value
    ELSE redshift_catalog.fit(value::text, modifier - 4, 'character', explicit)::bpchar END, modifier, explicit)
$$;

SET LOCAL allow_system_table_mods = on;
UPDATE pg_catalog.pg_cast SET castfunc = 'redshift_catalog.varchar_bytes(varchar,int,boolean)'::regprocedure
  WHERE castsource = 'varchar'::regtype AND casttarget = 'varchar'::regtype;
UPDATE pg_catalog.pg_cast SET castfunc = 'redshift_catalog.char_bytes(bpchar,int,boolean)'::regprocedure
  WHERE castsource = 'bpchar'::regtype AND casttarget = 'bpchar'::regtype;
SET LOCAL allow_system_table_mods = off;
`;

/**
 * Trailing blanks mean nothing when texts are compared, those of a VARCHAR neither. bpchar's functions compare so, and work on any text: in this
 * database they serve the operators, the ordering and the hashing of text as well.
 */
const TRAILING_BLANKS = `
SET LOCAL allow_system_table_mods = on;
UPDATE pg_catalog.pg_operator SET oprcode = ('bpchar' || substr(oprcode::text, 5) || '(bpchar,bpchar)')::regprocedure
  WHERE oprleft = 'text'::regtype AND oprright = 'text'::regtype
    AND oprcode IN ('texteq'::regproc, 'textne'::regproc);
UPDATE pg_catalog.pg_operator SET oprcode = ('bpchar' || substr(replace(oprcode::text, '_', ''), 5) || '(bpchar,bpchar)')::regprocedure
  WHERE oprleft = 'text'::regtype AND oprright = 'text'::regtype
    AND oprcode IN ('text_lt'::regproc, 'text_le'::regproc, 'text_gt'::regproc, 'text_ge'::regproc);
UPDATE pg_catalog.pg_amproc SET amproc = 'bpcharcmp(bpchar,bpchar)'::regprocedure WHERE amproc = 'bttextcmp(text,text)'::regprocedure;
UPDATE pg_catalog.pg_amproc SET amproc = 'bpchar_sortsupport(internal)'::regprocedure WHERE amproc = 'bttextsortsupport(internal)'::regprocedure;
UPDATE pg_catalog.pg_amproc SET amproc = 'hashbpchar(bpchar)'::regprocedure WHERE amproc = 'hashtext(text)'::regprocedure;
UPDATE pg_catalog.pg_amproc SET amproc = 'hashbpcharextended(bpchar,bigint)'::regprocedure WHERE amproc = 'hashtextextended(text,bigint)'::regprocedure;
SET LOCAL allow_system_table_mods = off;
`;

/** A BOOLEAN is no text: only its input and output are. */
const BOOLEANS = `
CREATE OR REPLACE FUNCTION redshift_catalog.boolean_text(value boolean) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT AS $$
BEGIN
  RAISE cannot_coerce USING MESSAGE = 'cannot cast type boolean to character varying';
END $$;
SET LOCAL allow_system_table_mods = on;
UPDATE pg_catalog.pg_cast SET castfunc = 'redshift_catalog.boolean_text(boolean)'::regprocedure
  WHERE castsource = 'boolean'::regtype AND casttarget IN ('text'::regtype, 'varchar'::regtype, 'bpchar'::regtype);
SET LOCAL allow_system_table_mods = off;
`;

const DATES = `
CREATE OR REPLACE FUNCTION redshift_catalog.getdate() RETURNS timestamp LANGUAGE sql STABLE
AS $$ SELECT date_trunc('second', statement_timestamp())::timestamp $$;
CREATE OR REPLACE FUNCTION redshift_catalog.sysdate() RETURNS timestamp LANGUAGE sql STABLE
AS $$ SELECT transaction_timestamp()::timestamp $$;

CREATE OR REPLACE FUNCTION redshift_catalog.dateadd(part text, amount bigint, value timestamp) RETURNS timestamp LANGUAGE sql IMMUTABLE STRICT
AS $$ SELECT value + amount * CASE part WHEN 'quarter' THEN interval '3 months' ELSE ('1 ' || part)::interval END $$;
CREATE OR REPLACE FUNCTION redshift_catalog.dateadd(part text, amount bigint, value timestamptz) RETURNS timestamptz LANGUAGE sql STABLE STRICT
AS $$ SELECT value + amount * CASE part WHEN 'quarter' THEN interval '3 months' ELSE ('1 ' || part)::interval END $$;
-- A bare literal is a text here; without these two PostgreSQL would prefer a time zone.
CREATE OR REPLACE FUNCTION redshift_catalog.dateadd(part text, amount bigint, value date) RETURNS timestamp LANGUAGE sql IMMUTABLE STRICT
AS $$ SELECT redshift_catalog.dateadd(part, amount, value::timestamp) $$;
CREATE OR REPLACE FUNCTION redshift_catalog.dateadd(part text, amount bigint, value text) RETURNS timestamp LANGUAGE sql STABLE STRICT
AS $$ SELECT redshift_catalog.dateadd(part, amount, value::timestamp) $$;

-- Counts the boundaries that are crossed, as Redshift does.
CREATE OR REPLACE FUNCTION redshift_catalog.datediff(part text, first timestamp, last timestamp) RETURNS bigint LANGUAGE plpgsql IMMUTABLE STRICT AS $$
BEGIN
  RETURN CASE part
    WHEN 'year' THEN extract(year FROM last) - extract(year FROM first)
    WHEN 'quarter' THEN (extract(year FROM last) - extract(year FROM first)) * 4 + extract(quarter FROM last) - extract(quarter FROM first)
    WHEN 'month' THEN (extract(year FROM last) - extract(year FROM first)) * 12 + extract(month FROM last) - extract(month FROM first)
    WHEN 'millennium' THEN extract(millennium FROM last) - extract(millennium FROM first)
    WHEN 'century' THEN extract(century FROM last) - extract(century FROM first)
    WHEN 'decade' THEN extract(decade FROM last) - extract(decade FROM first)
    -- A week begins on Sunday; 2000-01-02 was one.
    WHEN 'week' THEN floor((last::date - date '2000-01-02') / 7.0) - floor((first::date - date '2000-01-02') / 7.0)
    WHEN 'day' THEN last::date - first::date
    WHEN 'hour' THEN floor(extract(epoch FROM last) / 3600) - floor(extract(epoch FROM first) / 3600)
    WHEN 'minute' THEN floor(extract(epoch FROM last) / 60) - floor(extract(epoch FROM first) / 60)
    WHEN 'second' THEN floor(extract(epoch FROM last)) - floor(extract(epoch FROM first))
    WHEN 'millisecond' THEN floor(extract(epoch FROM last) * 1000) - floor(extract(epoch FROM first) * 1000)
    WHEN 'microsecond' THEN floor(extract(epoch FROM last) * 1000000) - floor(extract(epoch FROM first) * 1000000)
  END;
END $$;
CREATE OR REPLACE FUNCTION redshift_catalog.datediff(part text, first text, last text) RETURNS bigint LANGUAGE sql STABLE STRICT
AS $$ SELECT redshift_catalog.datediff(part, first::timestamp, last::timestamp) $$;
CREATE OR REPLACE FUNCTION redshift_catalog.datediff(part text, first timestamptz, last timestamptz) RETURNS bigint LANGUAGE sql STABLE STRICT
AS $$ SELECT redshift_catalog.datediff(part, first::timestamp, last::timestamp) $$;

CREATE OR REPLACE FUNCTION redshift_catalog.trunc(value timestamp) RETURNS date LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT value::date $$;
CREATE OR REPLACE FUNCTION redshift_catalog.trunc(value numeric) RETURNS numeric LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT pg_catalog.trunc(value) $$;
CREATE OR REPLACE FUNCTION redshift_catalog.trunc(value numeric, places int) RETURNS numeric LANGUAGE sql IMMUTABLE STRICT
AS $$ SELECT pg_catalog.trunc(value, places) $$;
CREATE OR REPLACE FUNCTION redshift_catalog.trunc(value double precision) RETURNS double precision LANGUAGE sql IMMUTABLE STRICT
AS $$ SELECT pg_catalog.trunc(value) $$;
CREATE OR REPLACE FUNCTION redshift_catalog.last_day(value timestamp) RETURNS date LANGUAGE sql IMMUTABLE STRICT
AS $$ SELECT (date_trunc('month', value) + interval '1 month - 1 day')::date $$;
-- From a month's last day one arrives at a month's last day.
CREATE OR REPLACE FUNCTION redshift_catalog.add_months(value timestamp, months bigint) RETURNS timestamp LANGUAGE sql IMMUTABLE STRICT AS $$
  SELECT CASE WHEN value::date = redshift_catalog.last_day(value)
    THEN redshift_catalog.last_day(value + months * interval '1 month') + (value - date_trunc('day', value))
    ELSE value + months * interval '1 month' END
$$;
CREATE OR REPLACE FUNCTION redshift_catalog.months_between(later timestamp, earlier timestamp) RETURNS double precision LANGUAGE sql IMMUTABLE STRICT AS $$
  SELECT redshift_catalog.datediff('month', earlier, later)
    + CASE WHEN extract(day FROM later) = extract(day FROM earlier)
        OR (later::date = redshift_catalog.last_day(later) AND earlier::date = redshift_catalog.last_day(earlier)) THEN 0
      ELSE (extract(day FROM later) - extract(day FROM earlier)) / 31.0::double precision END
$$;
CREATE OR REPLACE FUNCTION redshift_catalog.next_day(value timestamp, day text) RETURNS date LANGUAGE sql STABLE STRICT AS $$
  SELECT d::date FROM generate_series(value::date + 1, value::date + 7, interval '1 day') AS d
  WHERE to_char(d, 'day') LIKE lower(day) || '%' LIMIT 1
$$;
CREATE OR REPLACE FUNCTION redshift_catalog.convert_timezone(target text, value timestamp) RETURNS timestamp LANGUAGE sql STABLE STRICT
AS $$ SELECT value AT TIME ZONE 'UTC' AT TIME ZONE target $$;
CREATE OR REPLACE FUNCTION redshift_catalog.convert_timezone(source text, target text, value timestamp) RETURNS timestamp LANGUAGE sql STABLE STRICT
AS $$ SELECT value AT TIME ZONE source AT TIME ZONE target $$;
`;

const TEXTS = `
CREATE OR REPLACE FUNCTION redshift_catalog.len(value text) RETURNS int LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT char_length(value) $$;
CREATE OR REPLACE FUNCTION redshift_catalog.charindex(part text, value text) RETURNS int LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT strpos(value, part) $$;
CREATE OR REPLACE FUNCTION redshift_catalog.sha2(value text, bits int) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT AS $$
BEGIN
  RETURN encode(CASE bits WHEN 0 THEN sha256(convert_to(value, 'UTF8')) WHEN 224 THEN sha224(convert_to(value, 'UTF8'))
    WHEN 256 THEN sha256(convert_to(value, 'UTF8')) WHEN 384 THEN sha384(convert_to(value, 'UTF8')) WHEN 512 THEN sha512(convert_to(value, 'UTF8')) END, 'hex');
END $$;
CREATE OR REPLACE FUNCTION redshift_catalog.strtol(value text, base int) RETURNS bigint LANGUAGE plpgsql IMMUTABLE STRICT AS $$
DECLARE
  result bigint := 0;
  digit int;
BEGIN
  FOR at IN 1..char_length(value) LOOP
    digit := strpos('0123456789abcdefghijklmnopqrstuvwxyz', lower(substr(value, at, 1))) - 1;
    IF digit < 0 OR digit >= base THEN
      RAISE invalid_text_representation USING MESSAGE = format('The input %s is not valid to be converted to base %s', value, base);
    END IF;
    result := result * base + digit;
  END LOOP;
  RETURN result;
END $$;
CREATE OR REPLACE FUNCTION redshift_catalog.json_parse(value text) RETURNS jsonb LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT value::json::jsonb $$;
CREATE OR REPLACE FUNCTION redshift_catalog.json_serialize(value jsonb) RETURNS text LANGUAGE sql IMMUTABLE STRICT
AS $$ SELECT pg_catalog.regexp_replace(value::text, '("(?:[^"\\\\]|\\\\.)*")|\\s+', '\\1', 'g') $$;
CREATE OR REPLACE FUNCTION redshift_catalog.is_valid_json(value text) RETURNS boolean LANGUAGE sql STABLE STRICT
AS $$ SELECT pg_input_is_valid(value, 'json') AND ltrim(value) LIKE '{%' $$;

CREATE OR REPLACE FUNCTION redshift_catalog.current_user_name() RETURNS text LANGUAGE sql STABLE
AS $$ SELECT pg_catalog.regexp_replace(current_user::text, '^redshift_', '') $$;
CREATE OR REPLACE FUNCTION redshift_catalog.current_database() RETURNS text LANGUAGE sql STABLE
AS $$ SELECT pg_catalog.regexp_replace(pg_catalog.current_database()::text, '^redshift_', '') $$;
`;

/**
 * The average of integers is an integer in Redshift, that of a DECIMAL has the scale of what is averaged, cut off as a quotient's is:
 * https://docs.aws.amazon.com/redshift/latest/dg/r_AVG.html
 */
const AVERAGES = `
CREATE OR REPLACE FUNCTION redshift_catalog.integer_average(state bigint[]) RETURNS bigint LANGUAGE sql IMMUTABLE
AS $$ SELECT CASE WHEN state[1] = 0 THEN NULL ELSE pg_catalog.trunc(state[2]::numeric / state[1])::bigint END $$;
CREATE OR REPLACE FUNCTION redshift_catalog.add_integer(state bigint[], value bigint) RETURNS bigint[] LANGUAGE sql IMMUTABLE
AS $$ SELECT CASE WHEN value IS NULL THEN state ELSE ARRAY[state[1] + 1, state[2] + value] END $$;
CREATE OR REPLACE FUNCTION redshift_catalog.add_decimal(state numeric[], value numeric) RETURNS numeric[] LANGUAGE sql IMMUTABLE
AS $$ SELECT CASE WHEN value IS NULL THEN state ELSE ARRAY[state[1] + 1, state[2] + value, greatest(state[3], pg_catalog.scale(value))] END $$;
CREATE OR REPLACE FUNCTION redshift_catalog.decimal_average(state numeric[]) RETURNS numeric LANGUAGE sql IMMUTABLE
AS $$ SELECT CASE WHEN state[1] = 0 THEN NULL
  ELSE pg_catalog.round(pg_catalog.div(state[2] * pg_catalog.power(10::numeric, state[3]), state[1]) / pg_catalog.power(10::numeric, state[3]), state[3]::int) END $$;
CREATE OR REPLACE FUNCTION redshift_catalog.add_integer(state bigint[], value int) RETURNS bigint[] LANGUAGE sql IMMUTABLE
AS $$ SELECT redshift_catalog.add_integer(state, value::bigint) $$;
CREATE OR REPLACE FUNCTION redshift_catalog.add_integer(state bigint[], value smallint) RETURNS bigint[] LANGUAGE sql IMMUTABLE
AS $$ SELECT redshift_catalog.add_integer(state, value::bigint) $$;
CREATE OR REPLACE AGGREGATE redshift_catalog.avg(smallint) (SFUNC = redshift_catalog.add_integer, STYPE = bigint[], INITCOND = '{0,0}', FINALFUNC = redshift_catalog.integer_average);
CREATE OR REPLACE AGGREGATE redshift_catalog.avg(int) (SFUNC = redshift_catalog.add_integer, STYPE = bigint[], INITCOND = '{0,0}', FINALFUNC = redshift_catalog.integer_average);
CREATE OR REPLACE AGGREGATE redshift_catalog.avg(bigint) (SFUNC = redshift_catalog.add_integer, STYPE = bigint[], INITCOND = '{0,0}', FINALFUNC = redshift_catalog.integer_average);
CREATE OR REPLACE AGGREGATE redshift_catalog.avg(double precision) (SFUNC = float8_accum, STYPE = double precision[], INITCOND = '{0,0,0}', FINALFUNC = float8_avg);
CREATE OR REPLACE AGGREGATE redshift_catalog.avg(numeric) (SFUNC = redshift_catalog.add_decimal, STYPE = numeric[], INITCOND = '{0,0,0}', FINALFUNC = redshift_catalog.decimal_average);
`;

const VIEWS = `
CREATE TABLE IF NOT EXISTS redshift_catalog.load_errors (
  user_name text, query_id bigint, statement_id text, start_time timestamp DEFAULT now(), table_id int, table_name text, file_name text,
  line_number bigint, column_name text, column_type text, column_length text, position int, error_code int, error_message text,
  raw_line text, raw_field_value text
);
CREATE OR REPLACE VIEW redshift_catalog.sys_load_error_detail AS
  SELECT 100 AS user_id, query_id, 0::bigint AS transaction_id, 0 AS session_id, pg_catalog.regexp_replace(current_database(), '^redshift_', '')::char(64) AS database_name,
    table_id, start_time, file_name::varchar(256), line_number, column_name::varchar(127), column_type::varchar(10), column_length::varchar(10),
    position, error_code, error_message::varchar(512)
  FROM redshift_catalog.load_errors
  WHERE user_name = session_user OR (SELECT rolsuper FROM pg_roles WHERE rolname = session_user);
CREATE OR REPLACE VIEW redshift_catalog.stl_load_errors AS
  SELECT 100 AS userid, 0 AS slice, table_id AS tbl, start_time AS starttime, 0 AS session, query_id AS query, file_name::char(256) AS filename,
    line_number, column_name::char(127) AS colname, column_type::char(10) AS type, column_length::char(10) AS col_length, position,
    raw_line::char(1024), raw_field_value::char(1024), error_code AS err_code, error_message::char(100) AS err_reason
  FROM redshift_catalog.load_errors
  WHERE user_name = session_user OR (SELECT rolsuper FROM pg_roles WHERE rolname = session_user);

CREATE OR REPLACE VIEW redshift_catalog.pg_user AS
  SELECT pg_catalog.regexp_replace(rolname, '^redshift_', '')::name AS usename, oid AS usesysid, rolcreatedb AS usecreatedb, rolsuper AS usesuper,
    false AS usecatupd, '********'::text AS passwd, rolvaliduntil AS valuntil, NULL::text[] AS useconfig
  FROM pg_catalog.pg_roles WHERE rolname LIKE 'redshift\\_%' AND rolcanlogin;
CREATE OR REPLACE VIEW redshift_catalog.svv_user_info AS
  SELECT usename::text AS user_name, usesysid AS user_id, usecreatedb AS createdb, usesuper AS superuser FROM redshift_catalog.pg_user;
CREATE OR REPLACE VIEW redshift_catalog.pg_group AS
  SELECT pg_catalog.regexp_replace(rolname, '^redshift_', '')::name AS groname, oid AS grosysid,
    ARRAY(SELECT member FROM pg_catalog.pg_auth_members WHERE roleid = r.oid) AS grolist
  FROM pg_catalog.pg_roles r WHERE rolname LIKE 'redshift\\_%' AND NOT rolcanlogin;
CREATE OR REPLACE VIEW redshift_catalog.svv_tables AS
  SELECT pg_catalog.regexp_replace(table_catalog, '^redshift_', '') AS table_catalog, table_schema, table_name, table_type, NULL::text AS remarks
  FROM information_schema.tables WHERE table_schema <> 'redshift_catalog';
CREATE OR REPLACE VIEW redshift_catalog.svv_columns AS
  SELECT pg_catalog.regexp_replace(table_catalog, '^redshift_', '') AS table_catalog, table_schema, table_name, column_name, ordinal_position, column_default,
    is_nullable, CASE data_type WHEN 'jsonb' THEN 'super' ELSE data_type END AS data_type, character_maximum_length, numeric_precision, numeric_scale
  FROM information_schema.columns WHERE table_schema <> 'redshift_catalog';
`;

const CATALOG_SQL = `
CREATE SCHEMA IF NOT EXISTS redshift_catalog;
${BYTE_LENGTHS}
${TRAILING_BLANKS}
${BOOLEANS}
${SUPER_SQL}
${DATES}
${DATE_PARTS}
${TEXTS}
${TEXT_FUNCTIONS}
${HASH_FUNCTIONS}
${NUMBER_FUNCTIONS}
${WINDOW_FUNCTIONS}
${AVERAGES}
${VIEWS}
${LAYOUTS}
${LATE_VIEWS}
${DYNAMIC_SQL}
${SYSTEM_VIEWS}
${RIGHTS_VIEWS}
GRANT USAGE ON SCHEMA redshift_catalog TO "${USERS_ROLE}";
GRANT EXECUTE ON ALL ROUTINES IN SCHEMA redshift_catalog TO "${USERS_ROLE}";
GRANT SELECT ON ${PUBLIC_VIEWS.map((view) => `redshift_catalog.${view}`).join(', ')} TO "${USERS_ROLE}";
`;

/** What a database's catalog was made from, kept as the comment of its schema. */
export const CATALOG_VERSION = createHash('sha256').update(CATALOG_SQL).digest('hex');

/** Makes the catalog, or brings it up to date. */
export const INSTALL_CATALOG = `
BEGIN ISOLATION LEVEL READ COMMITTED;
${CATALOG_SQL}
COMMENT ON SCHEMA ${CATALOG_SCHEMA} IS '${CATALOG_VERSION}';
-- In Redshift every user may use and create in the schema public.
GRANT USAGE, CREATE ON SCHEMA public TO "${USERS_ROLE}";
COMMIT;
`;
