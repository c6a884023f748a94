/** The sample shop's tables, made by arithmetic alone: the same rows each time, on every machine. Nobody in them exists. */

export const SHOP = { customers: 400, sales: 6000, products: 40 } as const;

/** January 2026, a sale every seven minutes or so; each tenth changed later (paid, then shipped or returned). */
export const SHOP_TABLES: readonly string[] = [
  `CREATE TABLE customers AS SELECT
     n::INTEGER AS id,
     ['Ada', 'Bela', 'Chen', 'Dana', 'Emre', 'Fatou', 'Goran', 'Hana'][n % 8 + 1] || ' ' ||
       ['Sample', 'Example', 'Muster', 'Exemple', 'Ejemplo'][n * 7 % 5 + 1] AS name,
     'customer' || n || '@example.com' AS email,
     ['DE', 'FR', 'US', 'JP', 'BR'][n * 3 % 5 + 1] AS country,
     TIMESTAMP '2025-06-01' + to_hours((n * 11)::INTEGER) AS created_at,
     TIMESTAMP '2025-12-01' + to_minutes((n * 97)::INTEGER) AS updated_at
   FROM range(1, ${SHOP.customers + 1}) t(n)`,
  `CREATE TABLE sales AS SELECT
     n::BIGINT AS id,
     (n * 7919 % ${SHOP.customers} + 1)::INTEGER AS customer_id,
     'p-' || lpad((n * 31 % ${SHOP.products} + 1)::VARCHAR, 3, '0') AS product_id,
     (n % 4 + 1)::INTEGER AS quantity,
     ((n * 1009 % 20000 + 199) / 100)::DECIMAL(10, 2) AS amount,
     ['paid', 'shipped', 'returned'][CASE WHEN n % 10 = 0 THEN n // 10 % 2 + 2 ELSE 1 END] AS status,
     TIMESTAMP '2026-01-01' + to_minutes((n * 7)::INTEGER) AS sold_at,
     TIMESTAMP '2026-01-01' + to_minutes((n * 7 + CASE WHEN n % 10 = 0 THEN 2880 ELSE 0 END)::INTEGER) AS updated_at
   FROM range(1, ${SHOP.sales + 1}) t(n)`,
  // A query may name the database as well.
  'CREATE SCHEMA shop',
  'CREATE VIEW shop.customers AS FROM main.customers',
  'CREATE VIEW shop.sales AS FROM main.sales',
];
