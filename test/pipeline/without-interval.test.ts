import {
  cron,
  definePipeline,
  httpApi,
  key,
  merge,
  mysql,
  PipelineError,
  postgres,
  s3Arrival,
  sql,
  text,
} from '../../lib/pipeline';
import type { Source, Trigger } from '../../lib/pipeline/types';

const columns = { id: key.text(16), city: text(64) };

function mistakes(source: Source, trigger: Trigger = s3Arrival('orders/*.csv')): string {
  try {
    definePipeline({
      name: 'shop',
      trigger,
      sources: { rows: source },
      models: { model: sql.text('SELECT id, city FROM rows') },
      sinks: [postgres({ model: 'model', table: 'shop.rows', write: merge('id') })],
    });
    return '';
  } catch (error) {
    if (error instanceof PipelineError) return error.message;
    throw error;
  }
}

test('a run that a file starts has no interval for a cursor or a request', () => {
  expect(mistakes(mysql({ secret: 's', table: 't', cursor: 'city', columns }))).toContain('that a cursor could follow');
  const url = 'https://example.com/rows';
  expect(mistakes(httpApi({ url, query: { d: '{interval.start:date}' }, columns }))).toContain(
    'which {interval.start:date} stands for',
  );
});

test('the interval of SQL is not that of a request, and a column comes from a member that partitions have', () => {
  const hourly = cron('5 * * * *');
  const url = 'https://example.com/rows';
  expect(mistakes(httpApi({ url, query: { d: '{{interval.start}}' }, columns }), hourly)).toContain('Use single ones');
  const partitions = [{ id: 'a', name: 'Graz' }];
  expect(
    mistakes(httpApi({ url, partitions, columns: { ...columns, city: text(64).from('partition.city') } }), hourly),
  ).toContain("partition 'a' has no city");
  expect(
    mistakes(httpApi({ url, partitions, columns: { ...columns, city: text(64).from('partition.name') } }), hourly),
  ).toBe('');
});

test('personal data without a mode, as JavaScript can say it, are refused', () => {
  const open = (text(64).pii as () => never)();
  expect(
    mistakes(mysql({ secret: 's', table: 't', columns: { ...columns, city: open } }), cron('5 * * * *')),
  ).toContain("'mask'");
});
