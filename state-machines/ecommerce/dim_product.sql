-- One row a product, as the catalogue has it now, in centimetres; the sink keeps its prices.
SELECT
  sku AS product_id,
  name,
  category,
  price,
  cost,
  ean,
  active,
  colour,
  CAST(width * CASE unit WHEN 'in' THEN 2.54 ELSE 1 END AS DECIMAL(8, 2)) AS width_cm,
  CAST(height * CASE unit WHEN 'in' THEN 2.54 ELSE 1 END AS DECIMAL(8, 2)) AS height_cm,
  tags,
  sizes,
  rating,
  updated_at
FROM products
