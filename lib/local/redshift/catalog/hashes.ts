/** Hashes that PostgreSQL has not. */

const FNV_OFFSET = '14695981039346656037';
const FNV_PRIME = '1099511628211';
const TWO_64 = '18446744073709551616';

/** FNV_HASH hashes a value's binary form, least byte first: of an integer as many bytes as its type has. */
const FNV_TYPES = [
  ['text', "convert_to(value, 'UTF8')"],
  ['bpchar', "convert_to(value::text, 'UTF8')"],
  ['smallint', 'redshift_catalog.reversed(int2send(value))'],
  ['int', 'redshift_catalog.reversed(int4send(value))'],
  ['bigint', 'redshift_catalog.reversed(int8send(value))'],
  ['real', 'redshift_catalog.reversed(float4send(value))'],
  ['double precision', 'redshift_catalog.reversed(float8send(value))'],
  ['boolean', 'boolsend(value)'],
  ['date', "redshift_catalog.reversed(int4send(value - date '2000-01-01'))"],
  [
    'timestamp',
    "redshift_catalog.reversed(int8send((extract(epoch FROM value - timestamp '2000-01-01') * 1000000)::bigint))",
  ],
] as const;

export const HASH_FUNCTIONS = `
CREATE OR REPLACE FUNCTION redshift_catalog.reversed(value bytea) RETURNS bytea LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT reverse(value) $$;
CREATE OR REPLACE FUNCTION redshift_catalog.fnv1a(value bytea, seed bigint) RETURNS bigint LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
  hash numeric := coalesce(CASE WHEN seed < 0 THEN seed::numeric + ${TWO_64} ELSE seed::numeric END, ${FNV_OFFSET});
  low int;
BEGIN
  FOR at IN 0 .. length(value) - 1 LOOP
    low := pg_catalog.mod(hash, 256)::int;
    hash := pg_catalog.mod((hash - low + (low # get_byte(value, at))) * ${FNV_PRIME}, ${TWO_64});
  END LOOP;
  RETURN CASE WHEN hash >= ${TWO_64}::numeric / 2 THEN hash - ${TWO_64} ELSE hash END::bigint;
END $$;
${FNV_TYPES.map(
  ([type, bytes]) => `
CREATE OR REPLACE FUNCTION redshift_catalog.fnv_hash(value ${type}) RETURNS bigint LANGUAGE sql IMMUTABLE STRICT
AS $$ SELECT redshift_catalog.fnv1a(${bytes}, NULL) $$;
CREATE OR REPLACE FUNCTION redshift_catalog.fnv_hash(value ${type}, seed bigint) RETURNS bigint LANGUAGE sql IMMUTABLE STRICT
AS $$ SELECT redshift_catalog.fnv1a(${bytes}, seed) $$;`,
).join('')}

CREATE OR REPLACE FUNCTION redshift_catalog.crc32(value text) RETURNS text LANGUAGE sql IMMUTABLE STRICT
AS $$ SELECT pg_catalog.lpad(pg_catalog.to_hex(pg_catalog.crc32c(convert_to(value, 'UTF8'))), 8, '0') $$;
CREATE OR REPLACE FUNCTION redshift_catalog.sha(value text) RETURNS text LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT redshift_catalog.sha1(value) $$;
`;
