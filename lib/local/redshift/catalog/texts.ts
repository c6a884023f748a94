/** Functions of texts, and of JSON in texts, that PostgreSQL has not or that answer differently there. */
export const TEXT_FUNCTIONS = `
CREATE OR REPLACE FUNCTION redshift_catalog.textlen(value text) RETURNS int LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT char_length(value) $$;
CREATE OR REPLACE FUNCTION redshift_catalog.split_part(value text, delimiter text, place int) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT AS $$
BEGIN
  IF place < 1 THEN RAISE invalid_parameter_value USING MESSAGE = 'field position must be greater than zero'; END IF;
  RETURN pg_catalog.split_part(value, delimiter, place);
END $$;
CREATE OR REPLACE FUNCTION redshift_catalog.split_part(value timestamp, delimiter text, place int) RETURNS text LANGUAGE sql IMMUTABLE STRICT
AS $$ SELECT redshift_catalog.split_part(value::text, delimiter, place) $$;

-- c and i are the case, e is the first subexpression. p says that the pattern is Perl's: those that mean the same to PostgreSQL pass.
CREATE OR REPLACE FUNCTION redshift_catalog.regexp_flags(pattern text, parameters text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
  IF parameters ~ '[^ciep]' THEN RAISE invalid_parameter_value USING MESSAGE = format('Invalid regular expression parameter: %s', parameters); END IF;
  IF parameters LIKE '%p%' AND pattern ~ '[|]|[*+?}][?+]|[(][?]([^=!<]|<[^=!])|\\\\[pPKGXRQE]' THEN
    RAISE feature_not_supported USING MESSAGE = 'The local Redshift does not support in patterns of Perl (p) alternatives, lazy and possessive quantifiers, named groups and classes of Unicode';
  END IF;
  RETURN translate(parameters, 'ep', '');
END $$;
-- $1 is the first group, as \\1 is, and $& the whole match.
CREATE OR REPLACE FUNCTION redshift_catalog.replacement(given text) RETURNS text LANGUAGE sql IMMUTABLE STRICT
AS $$ SELECT pg_catalog.regexp_replace(given, '[$]([0-9&])', '\\\\\\1', 'g') $$;
-- Every match is replaced.
CREATE OR REPLACE FUNCTION redshift_catalog.regexp_replace(value text, pattern text, replacement text DEFAULT '') RETURNS text
LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT pg_catalog.regexp_replace(value, pattern, redshift_catalog.replacement(replacement), 'g') $$;
CREATE OR REPLACE FUNCTION redshift_catalog.regexp_substr(value text, pattern text, place int DEFAULT 1, occurrence int DEFAULT 1, parameters text DEFAULT 'c')
RETURNS text LANGUAGE sql IMMUTABLE STRICT AS $$
  SELECT CASE WHEN occurrence < 1 OR place > char_length(value) THEN '' ELSE coalesce(pg_catalog.regexp_substr(value, pattern, greatest(place, 1), occurrence,
    redshift_catalog.regexp_flags(pattern, parameters), CASE WHEN parameters LIKE '%e%' AND pattern ~ '(^|[^\\\\])[(]' THEN 1 ELSE 0 END), '') END
$$;
CREATE OR REPLACE FUNCTION redshift_catalog.regexp_count(value text, pattern text, place int DEFAULT 1, parameters text DEFAULT 'c')
RETURNS int LANGUAGE sql IMMUTABLE STRICT AS $$
  SELECT pg_catalog.regexp_count(value, pattern, greatest(place, 1), redshift_catalog.regexp_flags(pattern, parameters))
$$;
CREATE OR REPLACE FUNCTION redshift_catalog.regexp_instr(value text, pattern text, place int DEFAULT 1, occurrence int DEFAULT 1, option int DEFAULT 0, parameters text DEFAULT 'c')
RETURNS int LANGUAGE sql IMMUTABLE STRICT AS $$
  SELECT CASE WHEN occurrence < 1 THEN 0 ELSE pg_catalog.regexp_instr(value, pattern, greatest(place, 1), occurrence, option, redshift_catalog.regexp_flags(pattern, parameters),
    CASE WHEN parameters LIKE '%e%' AND pattern ~ '(^|[^\\\\])[(]' THEN 1 ELSE 0 END) END
$$;
CREATE OR REPLACE FUNCTION redshift_catalog.regexp_replace(value text, pattern text, replacement text, place int, parameters text DEFAULT 'c') RETURNS text
LANGUAGE sql IMMUTABLE STRICT AS $$
  SELECT pg_catalog.regexp_replace(value, pattern, redshift_catalog.replacement(replacement), greatest(place, 1), 0,
    redshift_catalog.regexp_flags(pattern, parameters))
$$;

CREATE OR REPLACE FUNCTION redshift_catalog.rotated(value bigint, bits int) RETURNS bigint LANGUAGE sql IMMUTABLE STRICT
AS $$ SELECT ((value << bits) | (value >> (32 - bits))) & 4294967295 $$;
CREATE OR REPLACE FUNCTION redshift_catalog.sha1(value text) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT AS $$
DECLARE
  message bytea := convert_to(value, 'UTF8');
  size int := length(message);
  h bigint[] := ARRAY[1732584193, 4023233417, 2562383102, 271733878, 3285377520];
  v bigint[];
  w bigint[];
  f bigint;
  k bigint;
  next bigint;
BEGIN
  message := message || '\\x80'::bytea;
  WHILE length(message) % 64 <> 56 LOOP message := message || '\\x00'::bytea; END LOOP;
  message := message || int8send(size::bigint * 8);
  FOR block IN 0 .. length(message) / 64 - 1 LOOP
    w := '{}';
    FOR i IN 0 .. 15 LOOP
      w[i] := (get_byte(message, block * 64 + i * 4)::bigint << 24) + (get_byte(message, block * 64 + i * 4 + 1) << 16)
        + (get_byte(message, block * 64 + i * 4 + 2) << 8) + get_byte(message, block * 64 + i * 4 + 3);
    END LOOP;
    FOR i IN 16 .. 79 LOOP w[i] := redshift_catalog.rotated(w[i - 3] # w[i - 8] # w[i - 14] # w[i - 16], 1); END LOOP;
    v := h;
    FOR i IN 0 .. 79 LOOP
      IF i < 20 THEN f := (v[2] & v[3]) | ((v[2] # 4294967295) & v[4]); k := 1518500249;
      ELSIF i < 40 THEN f := v[2] # v[3] # v[4]; k := 1859775393;
      ELSIF i < 60 THEN f := (v[2] & v[3]) | (v[2] & v[4]) | (v[3] & v[4]); k := 2400959708;
      ELSE f := v[2] # v[3] # v[4]; k := 3395469782;
      END IF;
      next := (redshift_catalog.rotated(v[1], 5) + f + v[5] + k + w[i]) & 4294967295;
      v := ARRAY[next, v[1], redshift_catalog.rotated(v[2], 30), v[3], v[4]];
    END LOOP;
    FOR i IN 1 .. 5 LOOP h[i] := (h[i] + v[i]) & 4294967295; END LOOP;
  END LOOP;
  RETURN (SELECT string_agg(lpad(pg_catalog.to_hex(part), 8, '0'), '' ORDER BY place) FROM unnest(h) WITH ORDINALITY AS u(part, place));
END $$;
CREATE OR REPLACE FUNCTION redshift_catalog.func_sha1(value text) RETURNS text LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT redshift_catalog.sha1(value) $$;

-- A JSON text; NULL where it is not one and the caller asked for that.
CREATE OR REPLACE FUNCTION redshift_catalog.json_of(value text, null_if_invalid boolean) RETURNS json LANGUAGE plpgsql IMMUTABLE STRICT AS $$
BEGIN
  IF pg_input_is_valid(value, 'json') THEN RETURN value::json; END IF;
  IF null_if_invalid THEN RETURN NULL; END IF;
  RAISE invalid_text_representation USING MESSAGE = 'JSON parsing error', DETAIL = format('invalid json object %s', value);
END $$;
CREATE OR REPLACE FUNCTION redshift_catalog.json_path(value text, null_if_invalid boolean, VARIADIC path text[]) RETURNS text LANGUAGE sql IMMUTABLE STRICT
AS $$ SELECT pg_catalog.json_extract_path_text(redshift_catalog.json_of(value, null_if_invalid), VARIADIC path) $$;
CREATE OR REPLACE FUNCTION redshift_catalog.json_extract_array_element_text(value text, place int, null_if_invalid boolean DEFAULT false) RETURNS text
LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT redshift_catalog.json_of(value, null_if_invalid) ->> greatest(place, -2147483647) WHERE place >= 0 $$;
CREATE OR REPLACE FUNCTION redshift_catalog.json_array_length(value text, null_if_invalid boolean DEFAULT false) RETURNS int
LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT pg_catalog.json_array_length(redshift_catalog.json_of(value, null_if_invalid)) $$;
CREATE OR REPLACE FUNCTION redshift_catalog.is_valid_json_array(value text) RETURNS boolean LANGUAGE sql STABLE STRICT
AS $$ SELECT pg_input_is_valid(value, 'json') AND ltrim(value) LIKE '[%' $$;
CREATE OR REPLACE FUNCTION redshift_catalog.can_json_parse(value text) RETURNS boolean LANGUAGE sql STABLE STRICT
AS $$ SELECT pg_input_is_valid(value, 'jsonb') $$;

-- The letter that a name begins with, and three digits for the sounds that follow.
CREATE OR REPLACE FUNCTION redshift_catalog.soundex(value text) RETURNS varchar LANGUAGE plpgsql IMMUTABLE STRICT AS $$
DECLARE
  letters text := pg_catalog.regexp_replace(upper(value), '[^A-Z]', '', 'g');
  code text := left(letters, 1);
  before text := translate(left(letters, 1), 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', '01230120022455012623010202');
  digit text;
BEGIN
  IF letters = '' THEN RETURN ''; END IF;
  FOR at IN 2 .. char_length(letters) LOOP
    digit := translate(substr(letters, at, 1), 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', '01230129022455012623019202');
    IF digit = '9' THEN CONTINUE; END IF;
    IF digit <> '0' AND digit <> before THEN code := code || digit; END IF;
    before := digit;
  END LOOP;
  RETURN rpad(left(code, 4), 4, '0');
END $$;
CREATE OR REPLACE FUNCTION redshift_catalog.difference(first text, second text) RETURNS int LANGUAGE sql IMMUTABLE STRICT AS $$
  SELECT count(*)::int FROM generate_series(1, 4) AS at
  WHERE substr(redshift_catalog.soundex(first), at, 1) = substr(redshift_catalog.soundex(second), at, 1)
$$;
CREATE OR REPLACE FUNCTION redshift_catalog.octetindex(part text, value text) RETURNS int LANGUAGE sql IMMUTABLE STRICT
AS $$ SELECT position(convert_to(part, 'UTF8') IN convert_to(value, 'UTF8')) $$;
CREATE OR REPLACE FUNCTION redshift_catalog.bpcharcmp(first text, second text) RETURNS int LANGUAGE sql IMMUTABLE STRICT
AS $$ SELECT CASE WHEN first < second THEN -1 WHEN first > second THEN 1 ELSE 0 END $$;
CREATE OR REPLACE FUNCTION redshift_catalog.bttext_pattern_cmp(first text, second text) RETURNS int LANGUAGE sql IMMUTABLE STRICT
AS $$ SELECT redshift_catalog.bpcharcmp(first, second) $$;

CREATE OR REPLACE FUNCTION redshift_catalog.version() RETURNS text LANGUAGE sql IMMUTABLE
AS $$ SELECT 'PostgreSQL 8.0.2 on i686-pc-linux-gnu, compiled by GCC gcc (GCC) 3.4.2 20041017 (Red Hat 3.4.2-6.fc3), Redshift 1.0 (local)'::text $$;
`;
