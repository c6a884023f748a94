-- One row a visit and day, with what came of it.
SELECT
  session_id,
  visited_on,
  max(customer_id) AS customer_id,
  max(device) AS device,
  min(occurred_at) AS started_at,
  max(occurred_at) AS ended_at,
  CAST(date_diff('second', min(occurred_at), max(occurred_at)) AS INTEGER) AS seconds,
  CAST(count(*) AS INTEGER) AS events,
  CAST(count(*) FILTER (WHERE type = 'view' AND product_id IS NOT NULL) AS INTEGER) AS product_views,
  CAST(count(*) FILTER (WHERE type = 'cart') AS INTEGER) AS carts,
  max(sale_id) AS sale_id
FROM page_events
GROUP BY session_id, visited_on
