-- One row a person and day, of the run's day and of the day before: of several records the latest counts.
-- A run starts at four in the night, so that the day of its interval is the same in UTC and in Vienna.
WITH records AS (
  SELECT CAST({{interval.start}} AS DATE) AS day, * FROM people
  UNION ALL
  SELECT CAST({{interval.start}} AS DATE) - 1 AS day, * FROM people_before
),
latest AS (
  SELECT *
  FROM records
  WHERE citizen_id IS NOT NULL
  QUALIFY row_number() OVER (
    PARTITION BY day, citizen_id
    -- the rest only so that two records of one moment have an order
    ORDER BY recorded_at DESC, birth_date, region_key, household, income
  ) = 1
),
aged AS (
  SELECT
    *,
    -- who was born on 29 February has birthday on 1 March where there is none
    year(day) - year(birth_date)
      - CAST(100 * month(day) + day(day) < 100 * month(birth_date) + day(birth_date) AS INTEGER) AS years
  FROM latest
),
spellings AS (
  SELECT regexp_replace(lower(strip_accents(spelling)), '[^a-z0-9]', '', 'g') AS region_key, min(region_code) AS region_code
  FROM region_spellings
  GROUP BY 1
)
SELECT
  day,
  citizen_id,
  coalesce(region_code, 'unknown') AS region_code,
  household,
  income,
  recorded_at,
  CASE
    WHEN birth_date IS NULL THEN CASE WHEN has_birth_date THEN 'impossible' ELSE 'missing' END
    WHEN years < 0 THEN 'in the future'
    WHEN years > 120 THEN 'too old'
  END AS birth_date_fault,
  CASE
    WHEN years IS NULL OR years < 0 OR years > 120 THEN 'unknown'
    WHEN years < 6 THEN '0-5'
    WHEN years < 15 THEN '6-14'
    WHEN years < 25 THEN '15-24'
    WHEN years < 45 THEN '25-44'
    WHEN years < 65 THEN '45-64'
    WHEN years < 80 THEN '65-79'
    ELSE '80+'
  END AS age_band
FROM aged
LEFT JOIN spellings USING (region_key)
