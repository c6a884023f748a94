-- One row a day and product: who looked at it, and what came of it.
SELECT
  e.visited_on AS day,
  e.product_id,
  p.name,
  p.category,
  CAST(count(DISTINCT e.session_id) AS INTEGER) AS visits,
  CAST(count(*) FILTER (WHERE e.type = 'view') AS INTEGER) AS views,
  CAST(count(*) FILTER (WHERE e.type = 'cart') AS INTEGER) AS carts,
  CAST(count(*) FILTER (WHERE e.type = 'purchase') AS INTEGER) AS purchases
FROM page_events e
JOIN dim_product p ON p.product_id = e.product_id
GROUP BY ALL
