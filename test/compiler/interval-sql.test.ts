import { compile } from '../../lib/compiler';
import { bindInterval } from '../../lib/compiler/interval-sql';
import * as p from '../../lib/pipeline';

const day = '{{interval.start}} <= seen_at AND seen_at < {{ interval.end }}';
const bound = "getvariable('interval_start') <= seen_at AND seen_at < getvariable('interval_end')";

test('the names of the interval become variables, outside of texts, quoted names and comments', () => {
  expect(bindInterval(`SELECT 1 FROM t WHERE ${day}`, true)).toBe(`SELECT 1 FROM t WHERE ${bound}`);
  const untouched = `SELECT 'from {{interval.start}}' AS "{{x}}", $$ {{y}} $$ -- {{z}}\n/* {{interval}} */ FROM t`;
  expect(bindInterval(untouched, true)).toBe(untouched);
});

test.each([
  ['SELECT {{interval.begin}}', true, "'{{interval.begin}}' is no variable"],
  [
    "SELECT 1 FROM t WHERE at >= '{{ interval.start }}'",
    true,
    "'{{ interval.start }}' in quotes is a text, not the interval",
  ],
  ["SELECT 1 FROM t WHERE day = '{{ ds }}'", true, "'{{ ds }}' in quotes is a text"],
  ['SELECT 1 FROM t WHERE at >= {interval.start:date}', true, "'{interval.start:date}' has single braces"],
  ["SELECT 1 FROM {{ ref('orders') }}", true, "'{{ ref('orders') }}' is no variable"],
  ['SELECT {{ }}', true, "'{{ }}' is no variable"],
  ['SELECT {{interval.start}}', false, 'is only known in runs of a schedule'],
])('%s is refused', (sql, runsHaveIntervals, message) => {
  expect(() => bindInterval(sql, runsHaveIntervals)).toThrow(message);
});

const definition = (trigger: p.Trigger, text: string) => ({
  name: 'visits',
  trigger,
  sources: {
    visits_api: { ...p.landedFiles({ glob: 'v/*', format: p.ndjson(), columns: { seen_at: p.timestamp() } }) },
  },
  models: { visits: p.sql.text(text) },
  sinks: [p.lake({ model: 'visits', table: 'visits', write: p.append(), partitionBy: [] })],
});

test('a model and a condition that name the interval compile to SQL with variables of type timestamp', async () => {
  const pipeline = p.definePipeline({
    ...definition(
      p.cron('0 1 * * *'),
      `SELECT seen_at, seen_at - {{interval.start}} < INTERVAL 1 HOUR AS early FROM visits_api WHERE ${day}`,
    ),
    checks: [p.sqlCheck('visits', 'seen_at >= {{interval.start}}')],
  });
  const compiled = JSON.stringify((await compile(pipeline, { folder: '.' })).definition);
  expect(compiled).toContain(bound);
  expect(compiled).toContain("seen_at >= getvariable('interval_start')");
  expect(compiled).not.toContain('{{');
});

test('a pipeline that files start has no interval', async () => {
  const pipeline = p.definePipeline(definition(p.s3Arrival('v/*'), `SELECT seen_at FROM visits_api WHERE ${day}`));
  await expect(compile(pipeline, { folder: '.' })).rejects.toThrow('is only known in runs of a schedule');
});
