/** Rounding, aggregates and window functions whose answers differ from PostgreSQL's. */
export const NUMBER_FUNCTIONS = `
-- Exact to its scale, as the division of scaled integers that it is in Redshift: what is beyond is cut off.
CREATE OR REPLACE FUNCTION redshift_catalog.quotient(dividend numeric, divisor numeric, places int) RETURNS numeric LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
AS $$ SELECT (div((dividend::text || 'e' || places)::numeric, divisor)::text || 'e-' || places)::numeric $$;
-- Halves go away from zero, for floating point numbers too.
CREATE OR REPLACE FUNCTION redshift_catalog.round(value double precision) RETURNS double precision LANGUAGE sql IMMUTABLE STRICT
AS $$ SELECT sign(value) * floor(abs(value) + 0.5) $$;
CREATE OR REPLACE FUNCTION redshift_catalog.round(value double precision, places int) RETURNS double precision LANGUAGE sql IMMUTABLE STRICT
AS $$ SELECT CASE WHEN value IN ('NaN', 'Infinity', '-Infinity') THEN value ELSE pg_catalog.round(value::numeric, places)::double precision END $$;
CREATE OR REPLACE FUNCTION redshift_catalog.round(value numeric) RETURNS numeric LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT pg_catalog.round(value) $$;
CREATE OR REPLACE FUNCTION redshift_catalog.round(value numeric, places int) RETURNS numeric LANGUAGE sql IMMUTABLE STRICT
AS $$ SELECT pg_catalog.round(value, places) $$;
CREATE OR REPLACE FUNCTION redshift_catalog.trunc(value double precision, places int) RETURNS double precision LANGUAGE sql IMMUTABLE STRICT
AS $$ SELECT pg_catalog.trunc(value::numeric, places)::double precision $$;
CREATE OR REPLACE FUNCTION redshift_catalog.trunc(value date) RETURNS date LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT value $$;
CREATE OR REPLACE FUNCTION redshift_catalog.trunc(value timestamptz) RETURNS date LANGUAGE sql STABLE STRICT AS $$ SELECT value::date $$;

CREATE OR REPLACE FUNCTION redshift_catalog.listagg_limit(value text) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT AS $$
BEGIN
  IF octet_length(value) > 65535 THEN RAISE program_limit_exceeded USING MESSAGE = 'Result size exceeds LISTAGG limit'; END IF;
  RETURN value;
END $$;
-- Each value once, where it comes first.
CREATE OR REPLACE FUNCTION redshift_catalog.join_distinct(items text[], separator text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT string_agg(item, separator ORDER BY place) FROM
    (SELECT item, min(place) AS place FROM unnest(items) WITH ORDINALITY AS u(item, place) WHERE item IS NOT NULL GROUP BY item) AS firsts
$$;

CREATE OR REPLACE FUNCTION redshift_catalog.array_concat(first jsonb, second jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT first || second $$;
CREATE OR REPLACE FUNCTION redshift_catalog.get_array_length(value jsonb) RETURNS int LANGUAGE sql IMMUTABLE STRICT
AS $$ SELECT CASE jsonb_typeof(value) WHEN 'array' THEN jsonb_array_length(value) END $$;
CREATE OR REPLACE FUNCTION redshift_catalog.split_to_array(value text, delimiter text DEFAULT ',') RETURNS jsonb LANGUAGE sql IMMUTABLE STRICT
AS $$ SELECT to_jsonb(string_to_array(value, delimiter)) $$;
CREATE OR REPLACE FUNCTION redshift_catalog.subarray(value jsonb, first int, size int) RETURNS jsonb LANGUAGE sql IMMUTABLE STRICT AS $$
  SELECT coalesce(jsonb_agg(item ORDER BY place), '[]') FROM jsonb_array_elements(value) WITH ORDINALITY AS e(item, place) WHERE place > first AND place <= first + size
$$;
CREATE OR REPLACE FUNCTION redshift_catalog.array_flatten(value jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE STRICT AS $$
  SELECT coalesce(jsonb_agg(inside ORDER BY place, nth), '[]') FROM jsonb_array_elements(value) WITH ORDINALITY AS e(item, place),
    LATERAL jsonb_array_elements(CASE jsonb_typeof(item) WHEN 'array' THEN item ELSE jsonb_build_array(item) END) WITH ORDINALITY AS i(inside, nth)
$$;
CREATE OR REPLACE FUNCTION redshift_catalog.json_typeof(value jsonb) RETURNS text LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT jsonb_typeof(value) $$;
CREATE OR REPLACE FUNCTION redshift_catalog.is_array(value jsonb) RETURNS boolean LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT jsonb_typeof(value) = 'array' $$;
CREATE OR REPLACE FUNCTION redshift_catalog.is_object(value jsonb) RETURNS boolean LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT jsonb_typeof(value) = 'object' $$;
CREATE OR REPLACE FUNCTION redshift_catalog.is_boolean(value jsonb) RETURNS boolean LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT jsonb_typeof(value) = 'boolean' $$;
CREATE OR REPLACE FUNCTION redshift_catalog.is_varchar(value jsonb) RETURNS boolean LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT jsonb_typeof(value) = 'string' $$;
CREATE OR REPLACE FUNCTION redshift_catalog.is_scalar(value jsonb) RETURNS boolean LANGUAGE sql IMMUTABLE STRICT
AS $$ SELECT jsonb_typeof(value) IN ('string', 'number', 'boolean', 'null') $$;
`;
