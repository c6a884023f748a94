-- One row a day and product: how often it was looked at, and what was sold of it. The day is the one that ended in the interval.
WITH seen AS (
  SELECT
    visited_on AS day,
    product_id,
    count(DISTINCT session_id) AS visits,
    count(*) FILTER (WHERE type = 'view') AS views,
    count(*) FILTER (WHERE type = 'cart') AS carts
  FROM page_events
  WHERE product_id IS NOT NULL
  GROUP BY ALL
), sold AS (
  SELECT CAST(sold_at AS DATE) AS day, product_id, count(*) AS sales, sum(quantity) AS quantity, sum(amount) AS revenue
  FROM day_sales
  WHERE NOT is_deleted
  GROUP BY ALL
)
SELECT
  day,
  product_id,
  p.name,
  p.category,
  CAST(coalesce(seen.visits, 0) AS INTEGER) AS visits,
  CAST(coalesce(seen.views, 0) AS INTEGER) AS views,
  CAST(coalesce(seen.carts, 0) AS INTEGER) AS carts,
  CAST(coalesce(sold.sales, 0) AS INTEGER) AS sales,
  CAST(coalesce(sold.quantity, 0) AS INTEGER) AS quantity,
  CAST(coalesce(sold.revenue, 0) AS DECIMAL(14, 2)) AS revenue
FROM seen
FULL JOIN sold USING (day, product_id)
JOIN dim_product p USING (product_id)
WHERE day = CAST({{interval.start}} AS DATE)
