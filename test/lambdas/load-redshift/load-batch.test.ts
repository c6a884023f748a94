import { copyManifest } from '../../../lambdas/load-redshift/copy-manifest';
import { loadBatch } from '../../../lambdas/load-redshift/load-batch';
import { REDSHIFT_SINK } from '../fixtures';

const BASE = {
  sink: REDSHIFT_SINK,
  schema: 'stepwell_orders',
  staging: 'stg_orders_0123456789ab',
  newColumns: [],
  copies: [
    {
      columns: ['order_id', 'email', 'total', 'ordered_at', 'details'],
      manifestUrl: 's3://work/runs/orders/run-1/copy/x.manifest',
    },
  ],
  copyRoleArn: 'arn:aws:iam::000000000000:role/copy',
};

test('a load makes its staging table anew, copies exactly the parts, and makes the target last', () => {
  expect(loadBatch(BASE)).toEqual([
    'DROP TABLE IF EXISTS "stepwell_orders"."stg_orders_0123456789ab"',
    'CREATE TABLE "stepwell_orders"."stg_orders_0123456789ab" ("order_id" BIGINT, "email" VARCHAR(400), "total" NUMERIC(12, 2), ' +
      '"ordered_at" TIMESTAMP, "details" VARCHAR(65535)) DISTSTYLE KEY DISTKEY ("order_id")',
    'COPY "stepwell_orders"."stg_orders_0123456789ab" ("order_id", "email", "total", "ordered_at", "details") ' +
      "FROM 's3://work/runs/orders/run-1/copy/x.manifest' IAM_ROLE 'arn:aws:iam::000000000000:role/copy' FORMAT AS PARQUET MANIFEST",
    'CREATE TABLE IF NOT EXISTS "analytics"."orders" ("order_id" BIGINT, "email" VARCHAR(400), "total" NUMERIC(12, 2), ' +
      '"ordered_at" TIMESTAMP, "details" SUPER, "_load_id" VARCHAR(256) NOT NULL, "_loaded_at" TIMESTAMP NOT NULL, ' +
      '"_arrival" VARCHAR(384) NOT NULL) DISTSTYLE KEY DISTKEY ("order_id") SORTKEY ("ordered_at")',
  ]);
});

test('without parts there is nothing to copy, but staging and target are there', () => {
  const kinds = loadBatch({ ...BASE, copies: [] }).map((sql) => sql.split(' ')[0]);

  expect(kinds).toEqual(['DROP', 'CREATE', 'CREATE']);
});

test('new columns widen a target that is there by those that it does not have', () => {
  const coupon = { name: 'coupon', type: { type: 'text' as const }, nullable: true };
  const sink = { ...REDSHIFT_SINK, evolve: true };
  const existing = ['order_id', 'email', 'total', 'ordered_at', 'details', '_load_id', '_loaded_at', '_arrival'];

  const batch = loadBatch({ ...BASE, sink, newColumns: [coupon], existing });
  const again = loadBatch({ ...BASE, sink, newColumns: [coupon], existing: [...existing, 'COUPON'] });

  expect(batch.at(-1)).toBe('ALTER TABLE "analytics"."orders" ADD COLUMN "coupon" VARCHAR(65535)');
  expect(batch[1]).toContain('"coupon" VARCHAR(65535)');
  expect(again.some((sql) => sql.startsWith('ALTER'))).toBe(false);
});

test('a model that has a new column since its table was made widens it', () => {
  const existing = ['order_id', 'email', 'total', 'ordered_at', '_load_id', '_loaded_at', '_arrival'];

  expect(loadBatch({ ...BASE, existing }).at(-1)).toBe('ALTER TABLE "analytics"."orders" ADD COLUMN "details" SUPER');
});

test('new columns of an input that must not widen the target are staged and no more', () => {
  const coupon = { name: 'coupon', type: { type: 'text' as const }, nullable: true };

  const batch = loadBatch({ ...BASE, newColumns: [coupon] });

  expect(batch[1]).toContain('coupon');
  expect(batch.at(-1)).not.toContain('coupon');
});

test('a COPY manifest names each file with its true length, and none may be missing', () => {
  const part = { etag: 'e', rows: 1, format: 'parquet' as const };

  const manifest = copyManifest('work', [{ ...part, key: "runs/orders/r/it's 1.parquet", length: 17 }]);

  expect(JSON.parse(manifest)).toEqual({
    entries: [{ url: "s3://work/runs/orders/r/it's 1.parquet", mandatory: true, meta: { content_length: 17 } }],
  });
});
