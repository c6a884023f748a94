-- One row a day: how many people there are, and how much had to be made sense of.
WITH records AS (
  SELECT count(*) AS records, count(*) FILTER (WHERE citizen_id IS NULL) AS without_id FROM people
),
today AS (
  SELECT
    count(*) AS citizens,
    count(*) FILTER (WHERE birth_date_fault = 'missing') AS without_birth_date,
    count(*) FILTER (WHERE birth_date_fault = 'impossible') AS impossible_birth_dates,
    count(*) FILTER (WHERE birth_date_fault = 'in the future') AS future_birth_dates,
    count(*) FILTER (WHERE birth_date_fault = 'too old') AS too_old,
    count(*) FILTER (WHERE region_code = 'unknown') AS unknown_regions,
    count(*) FILTER (WHERE income IS NULL) AS without_income,
    max(recorded_at) AS latest_record_at
  FROM citizens
  WHERE day = CAST({{interval.start}} AS DATE)
),
before AS (
  SELECT nullif(count(*), 0) AS citizens_before FROM citizens WHERE day < CAST({{interval.start}} AS DATE)
)
SELECT
  {{interval.start}} AS as_of,
  CAST({{interval.start}} AS DATE) AS day,
  records,
  without_id,
  records - without_id - citizens AS repeated_records,
  citizens,
  citizens_before,
  citizens - citizens_before AS change,
  without_birth_date,
  impossible_birth_dates,
  future_birth_dates,
  too_old,
  unknown_regions,
  without_income,
  latest_record_at
FROM records
CROSS JOIN today
CROSS JOIN before
