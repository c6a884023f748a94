/** docs/deploy.md on what it costs at rest, against the templates and the price table. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROJECT_ROOT } from '../../lib/constructs/cache';
import { atRest } from '../../lib/cost/at-rest';
import { HOURS_OF_MONTH } from '../../lib/cost/money';
import { pricesOf } from '../../lib/cost/prices';
import { removeAssemblies, type Synthesized } from './assembly';
import { synthesizeEveryShape } from './every-shape';

const guide = readFileSync(join(PROJECT_ROOT, 'docs/deploy.md'), 'utf8');
const section = guide.slice(guide.indexOf('## What it costs at rest'), guide.indexOf('## How many pipelines'));

let shapes: Synthesized[];
beforeAll(async () => {
  shapes = await synthesizeEveryShape();
});
afterAll(removeAssemblies);

test('each resource type in the templates has a row that says what it costs', () => {
  const rows = section.split('\n').filter((line) => line.startsWith('| `'));
  const priced = new Set(
    rows.flatMap((row) => [...row.split('|')[1]!.matchAll(/`([^`]+)`/g)].map(([, type]) => `AWS::${type}`)),
  );
  const used = shapes.flatMap(({ app }) =>
    app
      .synth()
      .stacks.flatMap(({ template }) =>
        Object.values(template.Resources as Record<string, { Type: string }>).map(({ Type }) => Type),
      ),
  );

  const missing = [...new Set(used)].filter(
    (type) => type.startsWith('AWS::') && type !== 'AWS::CDK::Metadata' && !priced.has(type),
  );
  expect(missing).toEqual([]);
});

test('the foundation and a pipeline cost what the guide says', () => {
  const { prices } = pricesOf('us-east-1');
  const OF_STREAMS = ['streams', 'metrics of shards'];
  const usd = Object.fromEntries(
    shapes[0]!.app.synth().stacks.map(({ stackName, template }) => {
      const lines = atRest(template, prices).filter(({ what }) => !OF_STREAMS.includes(what));
      return [stackName, lines.reduce((sum, line) => sum + line.usd, 0)];
    }),
  );
  const { 'Stepwell-Foundation': foundation, ...pipelines } = usd;
  const [, most] = /the foundation costs about \$(\d+) a month/.exec(section) ?? [];
  const [, from, to] = /a pipeline between \$(\d+) and \$(\d+)/.exec(section) ?? [];

  expect(Math.round(foundation!)).toBe(Number(most));
  for (const [stack, amount] of Object.entries(pipelines))
    expect([stack, amount >= Number(from) && amount <= Number(to)]).toEqual([stack, true]);
});

test('a stream costs what the guide says', () => {
  const { prices } = pricesOf('us-east-1');
  const Stream = { Type: 'AWS::Kinesis::Stream', Properties: { DesiredShardLevelMetrics: ['a', 'b'] } };
  const amount = atRest({ Resources: { Stream } }, prices).reduce((sum, line) => sum + line.usd, 0);
  const [, hour, month, metric] =
    /Kinesis::Stream` \| .*?: \$([\d.]+) an hour, \$(\d+) a month, and \$([\d.]+) a month for/.exec(section)!;

  expect(Number(hour)).toBe(prices.streamHour);
  expect(Number(month)).toBe(Math.round(prices.streamHour * HOURS_OF_MONTH));
  expect(Number(metric)).toBe(prices.metricMonth);
  expect(Math.abs(amount - Number(/a stream starts \$(\d+) more/.exec(section)![1]))).toBeLessThan(2);
});

test('single prices are those of the price table', () => {
  const { prices } = pricesOf('us-east-1');
  const said = (pattern: RegExp) => Number(pattern.exec(section)?.[1]);

  expect(said(/\$([\d.]+) a month each: the one for all pipelines/)).toBe(prices.dashboardMonth);
  expect(said(/CompositeAlarm` \| \$([\d.]+),/)).toBe(prices.alarmMonth);
  expect(said(/CompositeAlarm` \| \$[\d.]+, \$([\d.]+) a month/)).toBe(prices.compositeAlarmMonth);
  expect(said(/\$([\d.]+) a month each: one for a pipeline and database/)).toBe(prices.secretMonth);
  expect(said(/S3::Bucket` \| \$([\d.]+) a GB/)).toBe(prices.s3GbMonth);
  expect(said(/DynamoDB::Table` \| \$([\d.]+) a GB/)).toBe(prices.dynamoGbMonth);
  expect(said(/\$([\d.]+) an hour for each subnet/)).toBe(prices.interfaceEndpointHour);
  expect(said(/\$([\d.]+) an ACU and hour/)).toBe(prices.auroraAcuHour);
  expect(said(/\$([\d.]+) a vCPU and hour/)).toBe(prices.sparkVcpuHour);
  expect(said(/vCPU and hour and \$([\d.]+) a GB and hour/)).toBe(prices.sparkGbHour);
});
