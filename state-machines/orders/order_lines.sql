-- One row for each item of an order. Row-wise: runs inside the read of the file.
SELECT
  name AS order_name,
  lineitem_sku AS sku,
  lineitem_name AS title,
  vendor,
  lineitem_quantity AS quantity,
  lineitem_price AS unit_price,
  coalesce(lineitem_discount, 0) AS discount,
  CAST(lineitem_quantity * lineitem_price - coalesce(lineitem_discount, 0) AS DECIMAL(14, 2)) AS amount,
  lineitem_fulfillment_status AS fulfillment_status,
  created_at AS ordered_at,
  CAST(created_at AS DATE) AS ordered_on
FROM order_export
