-- The same as citizens.sql, in Spark's dialect: with ENGINE=spark, as one function has too little memory for a country.
WITH records AS (
  SELECT CAST({{interval.start}} AS DATE) AS day, * FROM people
  UNION ALL
  SELECT CAST({{interval.start}} AS DATE) - 1 AS day, * FROM people_before
),
ranked AS (
  SELECT
    *,
    row_number() OVER (
      PARTITION BY day, citizen_id
      ORDER BY
        recorded_at DESC,
        birth_date NULLS LAST,
        region_key NULLS LAST,
        household NULLS LAST,
        income NULLS LAST
    ) AS nth
  FROM records
  WHERE citizen_id IS NOT NULL
),
aged AS (
  SELECT
    *,
    year(day) - year(birth_date)
      - CAST(100 * month(day) + day(day) < 100 * month(birth_date) + day(birth_date) AS INTEGER) AS years
  FROM ranked
  WHERE nth = 1
),
spellings AS (
  SELECT
    regexp_replace(
      translate(
        lower(spelling),
        'àáâãäåāăąèéêëēėęìíîïīįòóôõöōőùúûüūůűçćčñńňśšýÿžźż',
        'aaaaaaaaaeeeeeeeiiiiiiooooooouuuuuuucccnnnssyyzzz'
      ),
      '[^a-z0-9]', ''
    ) AS region_key,
    min(region_code) AS region_code
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
