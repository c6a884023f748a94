-- One row a day and category, in Redshift over all sales there are: one that is returned weeks later is missing from its day.
SELECT
  sold_on,
  category,
  CAST(COUNT(*) AS BIGINT) AS sales,
  CAST(SUM(quantity) AS BIGINT) AS quantity,
  CAST(SUM(amount) AS DECIMAL(18, 2)) AS revenue,
  CAST(SUM(margin) AS DECIMAL(18, 2)) AS margin
FROM fact_sales
WHERE status <> 'returned'
GROUP BY sold_on, category
