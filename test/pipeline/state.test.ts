/** Partitions of all sources together: what they have staged must fit into the state of a run. */
import { cron, custom, dynamoDb, httpApi, key, mysql, type Source, text } from '../../lib/pipeline';
import { roomForPlanned } from '../../lib/pipeline/state-mistakes';
import { mistakes, shop } from './definitions';

const columns = { id: key.bigint(), note: text(20) };
const of = (sources: Record<string, Source>) =>
  mistakes({ ...shop(), trigger: cron('0 1 * * *'), sources: { orders: Object.values(sources)[0], ...sources } });
const api = (count: number, more: object = {}) =>
  httpApi({
    url: 'https://api.example.com/{partition.id}',
    partitions: Array.from({ length: count }, (_, n) => ({ id: `c${n}` })),
    columns,
    ...more,
  });
const scan = (segments: number) => dynamoDb({ table: 'products', segments, columns });
const RULE = "what each has staged is part of the run's state, and Step Functions holds 256 KiB of that: room for some";

test('more partitions than the state has room for are refused, unless a share of them may fail', () => {
  expect(of({ orders: api(700) })).toEqual([]);
  expect(of({ orders: api(900) })).toEqual([
    `sources.orders.partitions is 900 of them: ${RULE} 822 in all. Have fewer, or set tolerate on orders, e.g. 0.01: its partitions then run in a Distributed Map, whose results lie in S3.`,
  ]);
  expect(of({ orders: api(900, { tolerate: 0.01 }) })).toEqual([]);
});

test('those of all sources count together, and the largest source is named', () => {
  const sales = mysql({ secret: 'shop-db', table: 'sales', partitionBy: 'id', partitions: 400, columns });

  expect(of({ orders: scan(500) })).toEqual([]);
  expect(of({ orders: scan(500), sales })).toEqual([
    `sources.orders.segments is 500 of them; with those of the other sources 900: ${RULE} 806 in all. Use e.g. segments: 100: 40 run at once.`,
  ]);
});

test('a list that is too long for the state machine is refused: an extractor can plan it', () => {
  const partitions = Array.from({ length: 700 }, (_, n) => ({ id: `c${n}`, address: 'x'.repeat(80) }));

  expect(of({ orders: api(1, { partitions, tolerate: 0.1 }) })).toEqual([
    "sources.orders.partitions is 700 of them, 81 KiB as JSON: the list stands in the state machine, which has room for 48 KiB of it. Give each fewer members, or write an extractor, whose file may plan 200 KiB of them: custom('./extract.ts', { … }).",
  ]);
  expect(of({ orders: custom('./extract.ts', { partitions, tolerate: 0.1, columns }) })[0]).toContain(
    'Leave it out, and have the file of the extractor plan them: export const plan.',
  );
});

test('one that plans its own has what the others leave', () => {
  const planned = custom('./extract.ts', { columns });

  expect(roomForPlanned('shop', { planned })).toBe(240 * 1024);
  expect(roomForPlanned('shop', { planned, again: planned, orders: api(10) })).toBe(
    Math.floor((240 * 1024 - 10 * (285 + 4 + 6 + 2)) / 2),
  );
});
