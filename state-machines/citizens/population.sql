-- By region and age band. Without a file of the day before nothing is known of it: NULL, not 0.
WITH counted AS (
  SELECT day, region_code, age_band, count(*) AS citizens
  FROM citizens
  GROUP BY day, region_code, age_band
),
today AS (FROM counted WHERE day = CAST({{interval.start}} AS DATE)),
before AS (FROM counted WHERE day < CAST({{interval.start}} AS DATE)),
both_days AS (
  SELECT
    region_code,
    age_band,
    coalesce(today.citizens, 0) AS citizens,
    CASE WHEN (SELECT count(*) FROM before) > 0 THEN coalesce(before.citizens, 0) END AS citizens_before
  FROM today
  FULL JOIN before USING (region_code, age_band)
)
SELECT
  {{interval.start}} AS as_of,
  CAST({{interval.start}} AS DATE) AS day,
  region_code,
  age_band,
  citizens,
  citizens_before,
  citizens - citizens_before AS change
FROM both_days
