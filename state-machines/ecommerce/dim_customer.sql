-- One row a customer, as the shop has it now; the sink keeps who lived where.
SELECT
  id AS customer_id,
  trim(name) AS name,
  lower(trim(email)) AS email,
  upper(trim(country)) AS country,
  nullif(trim(city), '') AS city,
  tier,
  newsletter,
  CAST(created_at AS DATE) AS customer_since,
  updated_at
FROM customers
