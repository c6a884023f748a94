-- By region, beside what the statistics office knows of it.
WITH counted AS (
  SELECT
    region_code,
    CAST(sum(citizens) AS BIGINT) AS citizens,
    CAST(sum(citizens_before) AS BIGINT) AS citizens_before
  FROM population
  GROUP BY region_code
),
households AS (
  SELECT region_code, count(DISTINCT household) AS households, sum(income) AS income
  FROM citizens
  WHERE day = CAST({{interval.start}} AS DATE)
  GROUP BY region_code
),
known AS (
  SELECT code AS region_code, name, area_km2, household_income FROM regions
  UNION ALL
  SELECT 'unknown', 'unknown', NULL, NULL
),
present AS (
  SELECT
    region_code,
    name,
    area_km2,
    household_income,
    coalesce(citizens, 0) AS citizens,
    CASE WHEN (SELECT count(citizens_before) FROM population) > 0 THEN coalesce(citizens_before, 0) END AS citizens_before,
    coalesce(households, 0) AS households,
    income
  FROM known
  LEFT JOIN counted USING (region_code)
  LEFT JOIN households USING (region_code)
)
SELECT
  {{interval.start}} AS as_of,
  CAST({{interval.start}} AS DATE) AS day,
  region_code,
  name AS region,
  citizens,
  citizens_before,
  citizens - citizens_before AS change,
  CAST(100.0 * (citizens - citizens_before) / nullif(citizens_before, 0) AS DECIMAL(9, 3)) AS change_percent,
  CAST(citizens / area_km2 AS DECIMAL(12, 2)) AS citizens_per_km2,
  households,
  CAST(income / nullif(households, 0) AS DECIMAL(12, 2)) AS income_per_household,
  household_income AS expected_household_income
FROM present
