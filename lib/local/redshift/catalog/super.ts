/** SUPER values: unnesting, casts, comparison with plain values, and the functions for them. A SUPER is PostgreSQL's jsonb. */

const PLAIN_TYPES = [
  ['numeric', 'number', "(value #>> '{}')::numeric"],
  ['bigint', 'number', "(value #>> '{}')::numeric"],
  ['int', 'number', "(value #>> '{}')::numeric"],
  ['double precision', 'number', "(value #>> '{}')::double precision"],
  ['text', 'string', "value #>> '{}'"],
  ['boolean', 'boolean', "(value #>> '{}')::boolean"],
] as const;

const OPERATORS = { '=': 'eq', '<>': 'ne', '<': 'lt', '<=': 'le', '>': 'gt', '>=': 'ge' };

/** Values of different types are not equal; ordered they are neither, so that comparison is NULL. */
const COMPARISONS = PLAIN_TYPES.flatMap(([type, kind, plain]) =>
  Object.entries(OPERATORS).flatMap(([operator, name]) => {
    const compare = (side: string, parameters: string, types: string, expression: string) => `
CREATE OR REPLACE FUNCTION redshift_catalog.super_${name}_${side}(${parameters}) RETURNS boolean LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
AS $$ SELECT CASE WHEN jsonb_typeof(value) = '${kind}' THEN ${expression}${operator === '=' ? " WHEN jsonb_typeof(value) <> 'null' THEN false" : ''} END $$;
DO $do$ BEGIN
  CREATE OPERATOR pg_catalog.${operator} (${types}, FUNCTION = redshift_catalog.super_${name}_${side});
EXCEPTION WHEN duplicate_function THEN NULL; END $do$;`;
    return [
      compare(
        'first',
        `value jsonb, other ${type}`,
        `LEFTARG = jsonb, RIGHTARG = ${type}`,
        `${plain} ${operator} other`,
      ),
      compare(
        'last',
        `other ${type}, value jsonb`,
        `LEFTARG = ${type}, RIGHTARG = jsonb`,
        `other ${operator} ${plain}`,
      ),
    ];
  }),
);

const NUMBER = "(value #>> '{}')::numeric";
const within = (limit: string) =>
  `jsonb_typeof(value) = 'number' AND round(${NUMBER}) BETWEEN -${limit} - 1 AND ${limit}`;

/** PostgreSQL's casts fail where a value is of another type. */
const LAX_CASTS = (
  [
    ['smallint', within('32767'), NUMBER],
    ['int', within('2147483647'), NUMBER],
    ['bigint', within('9223372036854775807'), NUMBER],
    ['numeric', "jsonb_typeof(value) = 'number'", NUMBER],
    ['real', "jsonb_typeof(value) = 'number'", "(value #>> '{}')::double precision"],
    ['double precision', "jsonb_typeof(value) = 'number'", "(value #>> '{}')::double precision"],
    ['boolean', "jsonb_typeof(value) = 'boolean'", "(value #>> '{}')::boolean"],
  ] as const
)
  .map(([type, condition, value]) => {
    const name = `redshift_catalog.super_to_${type.split(' ')[0]}`;
    return `
CREATE OR REPLACE FUNCTION ${name}(value jsonb) RETURNS ${type} LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
AS $$ SELECT CASE WHEN ${condition} THEN ${value} END::${type} $$;
UPDATE pg_catalog.pg_cast SET castfunc = '${name}(jsonb)'::regprocedure WHERE castsource = 'jsonb'::regtype AND casttarget = '${type}'::regtype;`;
  })
  .join('');

const PLAIN_CASTS = [
  'text',
  'varchar',
  'bpchar',
  'smallint',
  'int',
  'bigint',
  'numeric',
  'real',
  'double precision',
  'boolean',
]
  .map(
    (type) => `
CREATE OR REPLACE FUNCTION redshift_catalog.super_of(value ${type}) RETURNS jsonb LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
AS $$ SELECT pg_catalog.to_jsonb(value) $$;
DO $do$ BEGIN
  CREATE CAST (${type} AS jsonb) WITH FUNCTION redshift_catalog.super_of(${type}) AS ASSIGNMENT;
EXCEPTION WHEN duplicate_object THEN NULL; END $do$;`,
  )
  .join('');

export const SUPER_SQL = `
CREATE OR REPLACE FUNCTION redshift_catalog.unnest_super(value jsonb) RETURNS TABLE (element jsonb, index bigint) LANGUAGE sql IMMUTABLE STRICT AS $$
  SELECT element, index - 1 FROM jsonb_array_elements(CASE jsonb_typeof(value) WHEN 'array' THEN value ELSE jsonb_build_array(value) END)
    WITH ORDINALITY AS e(element, index) WHERE jsonb_typeof(value) <> 'null'
$$;
CREATE OR REPLACE FUNCTION redshift_catalog.unpivot_super(value jsonb) RETURNS TABLE (element jsonb, attribute text) LANGUAGE sql IMMUTABLE STRICT AS $$
  SELECT e.value, e.key FROM jsonb_each(CASE jsonb_typeof(value) WHEN 'object' THEN value ELSE '{}' END) AS e
$$;

-- As a text a string stands without its quotes, and everything else as its JSON.
CREATE OR REPLACE FUNCTION redshift_catalog.super_text(value jsonb) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
AS $$ SELECT CASE jsonb_typeof(value) WHEN 'null' THEN NULL WHEN 'string' THEN value #>> '{}'
  ELSE pg_catalog.regexp_replace(value::pg_catalog.json::text, '("(?:[^"\\\\]|\\\\.)*")|\\s+', '\\1', 'g') END $$;
DO $do$ BEGIN
  CREATE CAST (jsonb AS text) WITH FUNCTION redshift_catalog.super_text(jsonb) AS ASSIGNMENT;
EXCEPTION WHEN duplicate_object THEN NULL; END $do$;
CREATE OR REPLACE FUNCTION redshift_catalog.super_varchar(value jsonb) RETURNS varchar LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
AS $$ SELECT redshift_catalog.super_text(value)::varchar $$;
DO $do$ BEGIN
  CREATE CAST (jsonb AS varchar) WITH FUNCTION redshift_catalog.super_varchar(jsonb) AS ASSIGNMENT;
EXCEPTION WHEN duplicate_object THEN NULL; END $do$;
${COMPARISONS.join('')}

-- A text is a string, whatever is in it; only JSON_PARSE reads JSON.
${PLAIN_CASTS}

-- A cast to what the value is not gives NULL.
SET LOCAL allow_system_table_mods = on;
${LAX_CASTS}
SET LOCAL allow_system_table_mods = off;

-- What a value is: false for NULL.
CREATE OR REPLACE FUNCTION redshift_catalog.is_whole(value jsonb, smallest numeric, largest numeric) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE WHEN jsonb_typeof(value) = 'number' THEN scale((value #>> '{}')::numeric) = 0 AND (value #>> '{}')::numeric BETWEEN smallest AND largest ELSE false END
$$;
CREATE OR REPLACE FUNCTION redshift_catalog.is_smallint(value jsonb) RETURNS boolean LANGUAGE sql IMMUTABLE
AS $$ SELECT redshift_catalog.is_whole(value, -32768, 32767) $$;
CREATE OR REPLACE FUNCTION redshift_catalog.is_integer(value jsonb) RETURNS boolean LANGUAGE sql IMMUTABLE
AS $$ SELECT redshift_catalog.is_whole(value, -2147483648, 2147483647) $$;
CREATE OR REPLACE FUNCTION redshift_catalog.is_bigint(value jsonb) RETURNS boolean LANGUAGE sql IMMUTABLE
AS $$ SELECT redshift_catalog.is_whole(value, -9223372036854775808, 9223372036854775807) $$;
CREATE OR REPLACE FUNCTION redshift_catalog.is_decimal(value jsonb) RETURNS boolean LANGUAGE sql IMMUTABLE
AS $$ SELECT coalesce(jsonb_typeof(value) = 'number', false) $$;
CREATE OR REPLACE FUNCTION redshift_catalog.is_float(value jsonb) RETURNS boolean LANGUAGE sql IMMUTABLE
AS $$ SELECT coalesce(jsonb_typeof(value) = 'number', false) $$;
CREATE OR REPLACE FUNCTION redshift_catalog.is_char(value jsonb) RETURNS boolean LANGUAGE sql IMMUTABLE
AS $$ SELECT coalesce(jsonb_typeof(value) = 'string' AND octet_length(value #>> '{}') = char_length(value #>> '{}'), false) $$;
CREATE OR REPLACE FUNCTION redshift_catalog.decimal_precision(value jsonb) RETURNS int LANGUAGE sql IMMUTABLE STRICT
AS $$ SELECT CASE WHEN jsonb_typeof(value) = 'number' THEN char_length(translate(ltrim(value #>> '{}', '-0.'), '.', '')) END $$;
CREATE OR REPLACE FUNCTION redshift_catalog.decimal_scale(value jsonb) RETURNS int LANGUAGE sql IMMUTABLE STRICT
AS $$ SELECT CASE WHEN jsonb_typeof(value) = 'number' THEN scale((value #>> '{}')::numeric) END $$;
`;
