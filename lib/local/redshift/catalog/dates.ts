/** Parts of dates, beyond what catalog.ts has of them. */
export const DATE_PARTS = `
-- EXTRACT is an integer of a timestamp, and milliseconds and microseconds are those after the second.
CREATE OR REPLACE FUNCTION redshift_catalog.extract(part text, value timestamp) RETURNS bigint LANGUAGE sql IMMUTABLE STRICT AS $$
  SELECT CASE part
    WHEN 'dayofweek' THEN extract(dow FROM value)
    WHEN 'dayofyear' THEN extract(doy FROM value)
    WHEN 'millisecond' THEN pg_catalog.mod(floor(extract(millisecond FROM value)), 1000)
    WHEN 'microsecond' THEN pg_catalog.mod(floor(extract(microsecond FROM value)), 1000000)
    ELSE floor(pg_catalog.date_part(part, value)::numeric) END::bigint
$$;
CREATE OR REPLACE FUNCTION redshift_catalog.extract(part text, value date) RETURNS bigint LANGUAGE sql IMMUTABLE STRICT
AS $$ SELECT redshift_catalog.extract(part, value::timestamp) $$;
CREATE OR REPLACE FUNCTION redshift_catalog.extract(part text, value timestamptz) RETURNS double precision LANGUAGE sql STABLE STRICT AS $$
  SELECT CASE WHEN part LIKE 'timezone%' THEN pg_catalog.date_part(part, value) ELSE redshift_catalog.extract(part, value::timestamp)::double precision END
$$;
CREATE OR REPLACE FUNCTION redshift_catalog.extract(part text, value time) RETURNS bigint LANGUAGE sql IMMUTABLE STRICT
AS $$ SELECT redshift_catalog.extract(part, date '1970-01-01' + value) $$;
CREATE OR REPLACE FUNCTION redshift_catalog.extract(part text, value interval) RETURNS bigint LANGUAGE sql IMMUTABLE STRICT
AS $$ SELECT floor(pg_catalog.date_part(part, value)::numeric)::bigint $$;
CREATE OR REPLACE FUNCTION redshift_catalog.extract(part text, value text) RETURNS bigint LANGUAGE sql STABLE STRICT
AS $$ SELECT redshift_catalog.extract(part, value::timestamp) $$;

CREATE OR REPLACE FUNCTION redshift_catalog.date_part(part text, value timestamp) RETURNS double precision LANGUAGE sql IMMUTABLE STRICT
AS $$ SELECT redshift_catalog.extract(part, value)::double precision $$;
CREATE OR REPLACE FUNCTION redshift_catalog.date_part(part text, value date) RETURNS double precision LANGUAGE sql IMMUTABLE STRICT
AS $$ SELECT redshift_catalog.extract(part, value::timestamp)::double precision $$;
CREATE OR REPLACE FUNCTION redshift_catalog.date_part(part text, value timestamptz) RETURNS double precision LANGUAGE sql STABLE STRICT
AS $$ SELECT redshift_catalog.extract(part, value) $$;
CREATE OR REPLACE FUNCTION redshift_catalog.date_part(part text, value text) RETURNS double precision LANGUAGE sql STABLE STRICT
AS $$ SELECT redshift_catalog.extract(part, value::timestamp)::double precision $$;

-- Of a DATE it is a TIMESTAMP; PostgreSQL's has a time zone.
CREATE OR REPLACE FUNCTION redshift_catalog.date_trunc(part text, value timestamp) RETURNS timestamp LANGUAGE sql IMMUTABLE STRICT
AS $$ SELECT pg_catalog.date_trunc(part, value) $$;
CREATE OR REPLACE FUNCTION redshift_catalog.date_trunc(part text, value date) RETURNS timestamp LANGUAGE sql IMMUTABLE STRICT
AS $$ SELECT pg_catalog.date_trunc(part, value::timestamp) $$;
CREATE OR REPLACE FUNCTION redshift_catalog.date_trunc(part text, value timestamptz) RETURNS timestamptz LANGUAGE sql STABLE STRICT
AS $$ SELECT pg_catalog.date_trunc(part, value) $$;
CREATE OR REPLACE FUNCTION redshift_catalog.date_trunc(part text, value text) RETURNS timestamp LANGUAGE sql STABLE STRICT
AS $$ SELECT pg_catalog.date_trunc(part, value::timestamp) $$;

-- DATEFORMAT and TIMEFORMAT of COPY; NULL for what does not fit.
CREATE OR REPLACE FUNCTION redshift_catalog.read_time(value text, format text) RETURNS timestamp LANGUAGE plpgsql STABLE STRICT AS $$
BEGIN
  RETURN CASE lower(format)
    WHEN 'epochsecs' THEN timestamp 'epoch' + value::numeric::double precision * interval '1 second'
    WHEN 'epochmillisecs' THEN timestamp 'epoch' + (value::numeric / 1000)::double precision * interval '1 second'
    ELSE to_timestamp(value, format)::timestamp END;
EXCEPTION WHEN data_exception THEN RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION redshift_catalog.date_cmp(first date, last date) RETURNS int LANGUAGE sql IMMUTABLE STRICT
AS $$ SELECT CASE WHEN first < last THEN -1 WHEN first > last THEN 1 ELSE 0 END $$;
CREATE OR REPLACE FUNCTION redshift_catalog.timestamp_cmp(first timestamp, last timestamp) RETURNS int LANGUAGE sql IMMUTABLE STRICT
AS $$ SELECT CASE WHEN first < last THEN -1 WHEN first > last THEN 1 ELSE 0 END $$;
CREATE OR REPLACE FUNCTION redshift_catalog.date_part_year(value date) RETURNS int LANGUAGE sql IMMUTABLE STRICT
AS $$ SELECT pg_catalog.date_part('year', value)::int $$;
`;
