-- One row a sale that is new or has changed, with what its product and its customer were like when it was loaded.
SELECT
  s.id AS sale_id,
  s.customer_id,
  s.product_id,
  c.country AS customer_country,
  p.category,
  s.channel,
  s.session_id,
  s.quantity,
  s.unit_price,
  s.discount,
  s.amount,
  CAST(s.amount - s.quantity * p.cost AS DECIMAL(12, 2)) AS margin,
  s.status,
  s.sold_at,
  CAST(s.sold_at AS DATE) AS sold_on,
  s.updated_at,
  s.is_deleted
FROM sales s
LEFT JOIN dim_customer c ON c.customer_id = s.customer_id
LEFT JOIN dim_product p ON p.product_id = s.product_id
