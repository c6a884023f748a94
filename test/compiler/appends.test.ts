/** Admit is told whether a sink appends what a source with a cursor gives. */
import {
  append,
  cron,
  csv,
  integer,
  key,
  lake,
  landedFiles,
  merge,
  mysql,
  redshift,
  timestamp,
} from '../../lib/pipeline';
import { compileModels } from './compile';

const columns = { id: key.integer(), amount: integer(), changed_at: timestamp() };
const sources = {
  sales: mysql({ secret: 'shop-db', table: 'sales', cursor: 'changed_at', columns }),
  clicks: landedFiles({ glob: 'clicks/{yyyy}/{MM}/{dd}/*.csv', format: csv(), columns }),
};
const models = {
  facts: 'SELECT id, amount FROM sales',
  totals: 'SELECT sum(amount) AS total, count(*) AS n FROM facts',
  visits: 'SELECT id, changed_at FROM clicks',
};

async function appends(appended: keyof typeof models): Promise<unknown> {
  const sinks = Object.keys(models).map((model) =>
    model === appended
      ? lake({ model, table: model, write: append(), partitionBy: [] })
      : redshift({ model, table: `shop.${model}`, write: merge(model === 'totals' ? 'total' : 'id') }),
  );
  const { definition } = await compileModels(models, { trigger: cron('0 1 * * *'), sources, sinks });
  const admit = definition.States.Admit as unknown as { Arguments: { Payload: { appends: unknown } } };
  return admit.Arguments.Payload.appends;
}

test.each([
  ['rows of a source with a cursor', 'facts', true],
  ['what a model makes of them', 'totals', true],
  ['files, of which each interval has its own', 'visits', false],
] as const)('%s', async (_, appended, expected) => {
  expect(await appends(appended)).toBe(expected);
});
