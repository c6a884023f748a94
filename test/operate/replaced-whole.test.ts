import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { compile } from '../../lib/compiler';
import { PROJECT_ROOT } from '../../lib/constructs/cache';
import { tablesReplacedWhole } from '../../lib/operate/replaced-whole';
import {
  csv,
  definePipeline,
  key,
  landedFiles,
  merge,
  postgres,
  redshift,
  replace,
  s3Arrival,
  sql,
} from '../../lib/pipeline';

const committed = (pipeline: string) =>
  readFileSync(join(PROJECT_ROOT, 'state-machines', pipeline, 'state-machine.asl.json'), 'utf8');

test('a table that holds the latest load alone would be turned back', async () => {
  const { definition } = await compile(
    definePipeline({
      name: 'prices',
      trigger: s3Arrival('prices/*.csv'),
      sources: { listed: landedFiles({ glob: 'prices/*.csv', format: csv(), columns: { sku: key.text(20) } }) },
      models: { prices: sql.text('SELECT sku FROM listed') },
      sinks: [
        redshift({ model: 'prices', table: 'shop.prices', write: replace() }),
        postgres({ model: 'prices', table: 'shop.prices', write: merge('sku') }),
      ],
    }),
    { folder: PROJECT_ROOT },
  );

  expect(tablesReplacedWhole(JSON.stringify(definition))).toEqual(['redshift:shop.prices']);
});

test('one that is computed in Redshift of all loads would not, nor one of which an interval is replaced', () => {
  expect(committed('ecommerce')).toContain('redshift:commerce.daily_sales');
  expect(tablesReplacedWhole(committed('ecommerce'))).toEqual([]);
  expect(tablesReplacedWhole(committed('citizens'))).toEqual([]);
});
