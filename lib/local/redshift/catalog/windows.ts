/** Aggregates and window functions that PostgreSQL has not, or only without a window. */

const percentileOf = (type: string, result: string, value: (low: string, share: string, high: string) => string) => `
CREATE OR REPLACE FUNCTION redshift_catalog.percentile(items ${type}[], fraction numeric) RETURNS ${result} LANGUAGE sql IMMUTABLE AS $$
  WITH sorted AS (SELECT item, row_number() OVER (ORDER BY item) AS place, count(*) OVER () AS items FROM unnest(items) AS item WHERE item IS NOT NULL),
    target AS (SELECT 1 + fraction * (items - 1) AS place FROM sorted LIMIT 1)
  SELECT ${value('low.item', '(target.place - floor(target.place))', 'high.item')}
  FROM target JOIN sorted AS low ON low.place = floor(target.place) JOIN sorted AS high ON high.place = ceiling(target.place)
$$;`;

const exact = (low: string, share: string, high: string) =>
  `round(${low} + ${share} * (${high} - ${low}), (SELECT max(scale(item::numeric)) FROM sorted) + greatest(1, scale(fraction)))`;
const between = (low: string, share: string, high: string) =>
  `${low} + ${share}::double precision * (${high} - ${low})`;

export const WINDOW_FUNCTIONS = `
-- PERCENTILE_CONT and MEDIAN: exact where what they go through is.
${['smallint', 'int', 'bigint', 'numeric'].map((type) => percentileOf(type, 'numeric', exact)).join('')}
${['real', 'double precision'].map((type) => percentileOf(type, 'double precision', between)).join('')}
${percentileOf('date', 'date', (low, share, high) => `${low} + round(${share} * (${high} - ${low}))::int`)}
${['timestamp', 'timestamptz'].map((type) => percentileOf(type, type, between)).join('')}
CREATE OR REPLACE FUNCTION redshift_catalog.percentile_disc(items anyarray, fraction numeric, falling boolean) RETURNS anyelement LANGUAGE sql IMMUTABLE AS $$
  WITH sorted AS (
    SELECT item, CASE WHEN falling THEN row_number() OVER (ORDER BY item DESC) ELSE row_number() OVER (ORDER BY item) END AS place, count(*) OVER () AS items
    FROM unnest(items) AS item WHERE item IS NOT NULL)
  SELECT item FROM sorted WHERE place = greatest(1, ceiling(fraction * items))
$$;

-- IGNORE NULLS: aggregates of functions that are not called for NULL.
CREATE OR REPLACE FUNCTION redshift_catalog.keep_first(state anyelement, value anyelement) RETURNS anyelement LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT state $$;
CREATE OR REPLACE FUNCTION redshift_catalog.keep_last(state anyelement, value anyelement) RETURNS anyelement LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT value $$;
CREATE OR REPLACE AGGREGATE redshift_catalog.first_present(anyelement) (SFUNC = redshift_catalog.keep_first, STYPE = anyelement);
CREATE OR REPLACE AGGREGATE redshift_catalog.last_present(anyelement) (SFUNC = redshift_catalog.keep_last, STYPE = anyelement);
`;
