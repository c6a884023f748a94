-- One row for each order: what stands on its first line, and sums over its lines.
SELECT
  name AS order_name,
  any_value(id) AS order_id,
  lower(any_value(email)) AS email,
  any_value(financial_status) AS financial_status,
  any_value(fulfillment_status) AS fulfillment_status,
  min(created_at) AS ordered_at,
  any_value(paid_at) AS paid_at,
  any_value(cancelled_at) AS cancelled_at,
  any_value(currency) AS currency,
  any_value(subtotal) AS subtotal,
  any_value(shipping) AS shipping,
  any_value(taxes) AS taxes,
  any_value(total) AS total,
  any_value(discount_code) AS discount_code,
  any_value(discount_amount) AS discount_amount,
  coalesce(any_value(refunded_amount), 0) AS refunded_amount,
  any_value(shipping_name) AS shipping_name,
  any_value(shipping_street) AS shipping_street,
  any_value(shipping_city) AS shipping_city,
  any_value(shipping_zip) AS shipping_zip,
  any_value(shipping_country) AS shipping_country,
  count(*) AS line_count,
  sum(lineitem_quantity) AS item_count
FROM order_export
GROUP BY name
