-- One row a click of a person: what was sent twice counts once, and robots do not.
SELECT
  id AS event_id,
  session_id,
  user_id AS customer_id,
  type,
  ts AS occurred_at,
  CAST(ts AS DATE) AS visited_on,
  page ->> 'path' AS path,
  page ->> 'query' AS search,
  product_id,
  order_id AS sale_id,
  device ->> 'type' AS device
FROM clicks
WHERE NOT coalesce(regexp_matches(device ->> 'agent', 'bot|crawler|spider', 'i'), false)
QUALIFY row_number() OVER (PARTITION BY id ORDER BY ts) = 1
