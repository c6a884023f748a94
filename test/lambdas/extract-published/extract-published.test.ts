import { extractPublished } from '../../../lambdas/extract-published/extract-published';
import { keepStaged } from '../../../lambdas/record/keep-staged';
import type { OutputColumn } from '../../../lib/tasks/common';
import { RUN, type Staging, startStaging, WORK } from '../staging';

let staging: Staging;
beforeAll(async () => {
  staging = await startStaging();
});
afterAll(() => staging.close());

const COLUMNS: OutputColumn[] = [
  { name: 'id', type: { type: 'bigint' }, nullable: false },
  { name: 'note', type: { type: 'text' }, nullable: true },
];
const SELECT = "SELECT 1::BIGINT AS id, 'a' AS note";
const mine = { ...RUN, pipeline: 'report', runId: 'run-2' };
let attempts = 0;
const environment = () => ({ s3: staging.s3, workBucket: WORK, attempt: `attempt-${attempts++}` });

async function kept(models: string[] = ['lines']) {
  const one = await staging.stage('a', {
    lines: { columns: COLUMNS, selects: [SELECT, SELECT] },
    other: { columns: [], selects: [] },
  });
  const two = await staging.stage('b', { lines: { columns: COLUMNS, selects: [SELECT] } });
  const documents = await Promise.all([staging.manifest(one), staging.manifest(two)]);
  return keepStaged(RUN, models, documents, environment());
}
const extract = (staged: Awaited<ReturnType<typeof kept>> | null, columns = COLUMNS, model = 'lines') =>
  extractPublished(
    { run: mine, source: 'rows', model, columns, upstream: { pipeline: 'orders', runId: RUN.runId, staged } },
    environment(),
  );

test('all parts of the model become a source here, and none is copied', async () => {
  const output = await extract(await kept());

  expect(output).toMatchObject({ rows: 3, rejected: 0 });
  const manifest = await staging.manifest(output.manifest);
  expect(Object.keys(manifest.datasets)).toEqual(['rows']);
  expect(manifest.source).toEqual({ name: 'rows', read: 3, rejected: 0 });
  const { parts } = manifest.datasets.rows!;
  expect(parts.map(({ key }) => key.startsWith('runs/orders/run-1/lines/'))).toEqual([true, true, true]);
  expect(await staging.rows(parts)).toHaveLength(3);
});

test('what does not fit is told: pipelines that were deployed apart, a run whose parts have expired', async () => {
  const staged = await kept();
  await expect(extract(staged, [...COLUMNS, { ...COLUMNS[0]!, name: 'price' }])).rejects.toMatchObject({
    name: 'ContractDrift',
    message:
      'lines of run run-1 of orders has no column price: the pipelines were not deployed together. Deploy both, then load again in orders what that run has loaded.',
  });
  await expect(extract(staged, [{ ...COLUMNS[0]!, type: { type: 'text' } }])).rejects.toThrow(
    'column id of lines of run run-1 of orders is bigint, not text',
  );
  await expect(extract(staged, COLUMNS, 'totals')).rejects.toThrow('run run-1 of orders has no model totals');
  await expect(extract({ ...staged, key: 'runs/orders/gone.json' })).rejects.toMatchObject({
    name: 'SourceRefused',
    message: expect.stringContaining('has expired. Load it again in orders, with "reprocess": true'),
  });
});
