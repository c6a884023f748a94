-- Spark's own dialect.
SELECT
  place,
  count(*) AS sold,
  sum(amount) AS total,
  percentile(amount, 0.5D) AS middle,
  min_by(sold_at, amount) AS first_at
FROM cleaned
GROUP BY place
