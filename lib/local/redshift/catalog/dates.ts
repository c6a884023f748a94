/** Functions that compare two points in time: -1, 0 or 1. */
const COMPARISONS = (
  [
    ['date_cmp', 'date', 'date'],
    ['date_cmp_timestamp', 'date', 'timestamp'],
    ['date_cmp_timestamptz', 'date', 'timestamptz'],
    ['timestamp_cmp', 'timestamp', 'timestamp'],
    ['timestamp_cmp_date', 'timestamp', 'date'],
    ['timestamp_cmp_timestamptz', 'timestamp', 'timestamptz'],
    ['timestamptz_cmp', 'timestamptz', 'timestamptz'],
    ['timestamptz_cmp_date', 'timestamptz', 'date'],
    ['timestamptz_cmp_timestamp', 'timestamptz', 'timestamp'],
    ['interval_cmp', 'interval', 'interval'],
  ] as const
)
  .map(
    ([name, first, last]) => `
CREATE OR REPLACE FUNCTION redshift_catalog.${name}(first ${first}, last ${last}) RETURNS int LANGUAGE sql STABLE STRICT
AS $$ SELECT CASE WHEN first < last THEN -1 WHEN first > last THEN 1 ELSE 0 END $$;`,
  )
  .join('');

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
${COMPARISONS}
CREATE OR REPLACE FUNCTION redshift_catalog.date_part_year(value date) RETURNS int LANGUAGE sql IMMUTABLE STRICT
AS $$ SELECT pg_catalog.date_part('year', value)::int $$;
CREATE OR REPLACE FUNCTION redshift_catalog.dateadd(part text, amount bigint, value time) RETURNS time LANGUAGE sql IMMUTABLE STRICT
AS $$ SELECT value + amount * ('1 ' || part)::interval $$;
CREATE OR REPLACE FUNCTION redshift_catalog.dateadd(part text, amount bigint, value timetz) RETURNS timetz LANGUAGE sql IMMUTABLE STRICT
AS $$ SELECT value + amount * ('1 ' || part)::interval $$;
CREATE OR REPLACE FUNCTION redshift_catalog.datediff(part text, first time, last time) RETURNS bigint LANGUAGE sql IMMUTABLE STRICT
AS $$ SELECT redshift_catalog.datediff(part, date '2000-01-01' + first, date '2000-01-01' + last) $$;
CREATE OR REPLACE FUNCTION redshift_catalog.timezone(zone text, value timestamp) RETURNS timestamptz LANGUAGE sql STABLE STRICT
AS $$ SELECT value AT TIME ZONE zone $$;
CREATE OR REPLACE FUNCTION redshift_catalog.timezone(zone text, value timestamptz) RETURNS timestamp LANGUAGE sql STABLE STRICT
AS $$ SELECT value AT TIME ZONE zone $$;
CREATE OR REPLACE FUNCTION redshift_catalog.timeofday() RETURNS text LANGUAGE sql STABLE AS $$ SELECT pg_catalog.timeofday() $$;

-- A day that a month has not is one of the next month, unless that is to be an error.
CREATE OR REPLACE FUNCTION redshift_catalog.to_date(value text, format text, strict boolean DEFAULT false) RETURNS date LANGUAGE plpgsql STABLE STRICT AS $$
DECLARE
  months text[] := regexp_match(format, '^(YYYY)(.?)MM\\2DD$', 'i');
  parts text[];
BEGIN
  RETURN pg_catalog.to_date(value, format);
EXCEPTION WHEN datetime_field_overflow THEN
  IF strict OR months IS NULL THEN RAISE; END IF;
  parts := regexp_match(value, '^(\\d{4})\\D?(\\d{2})\\D?(\\d{2})$');
  IF parts IS NULL OR parts[2]::int NOT BETWEEN 1 AND 12 OR parts[3]::int NOT BETWEEN 1 AND 31 THEN RAISE; END IF;
  RETURN make_date(parts[1]::int, parts[2]::int, 1) + (parts[3]::int - 1);
END $$;
`;
