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

/** Values of different types are neither equal nor ordered: the comparison is NULL, as Redshift's is outside of its strict mode. */
const COMPARISONS = PLAIN_TYPES.flatMap(([type, kind, plain]) =>
  Object.entries(OPERATORS).flatMap(([operator, name]) => {
    const compare = (side: string, parameters: string, types: string, expression: string) => `
CREATE OR REPLACE FUNCTION redshift_catalog.super_${name}_${side}(${parameters}) RETURNS boolean LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
AS $$ SELECT CASE WHEN jsonb_typeof(value) = '${kind}' THEN ${expression} END $$;
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
`;
