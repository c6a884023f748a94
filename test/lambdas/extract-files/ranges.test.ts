import { planRanges } from '../../../lambdas/shared/files/plan-ranges';
import { type Staging, startStaging } from '../staging';
import { extract } from './extract';

let staging: Staging;
beforeAll(async () => {
  staging = await startStaging();
});
afterAll(() => staging.close());

test('byte ranges of a file give its rows and rejects exactly once, with lines and offsets of the whole file', async () => {
  const records = Array.from({ length: 400 }, (_, id) =>
    id % 50 === 7 ? `x${id},"a\n""b"",c",1` : `${id},"${id % 3 === 0 ? 'a\nb' : 'a,b'}",1.5`,
  );
  const body = Buffer.from(`\ufeffid,name,amount\n${records.join('\n')}\n`);
  const format = { kind: 'csv' } as const;
  const ranges = await planRanges(async (start, end) => body.subarray(start, end), body.length, {
    rangeBytes: 700,
    format,
  });

  const extracted = [];
  for (const range of ranges) extracted.push(await extract(staging, body, { range, partitions: ranges.length }));
  const whole = await extract(staging, body);

  expect(ranges.length).toBeGreaterThan(5);
  const byId = (a: Record<string, unknown>, b: Record<string, unknown>) => Number(a.id) - Number(b.id);
  expect(extracted.flatMap(({ rows }) => rows).sort(byId)).toEqual(whole.rows.sort(byId));
  const places = (all: typeof whole.rejects) => all.map(({ line, offset, raw }) => ({ line, offset, raw }));
  expect(places(extracted.flatMap(({ rejects }) => rejects))).toEqual(places(whole.rejects));
  expect(whole.rejects).toHaveLength(8);
  for (const { offset, raw } of whole.rejects) expect(body.toString('utf8', offset!, offset! + raw.length)).toBe(raw);
});
