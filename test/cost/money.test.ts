import fc from 'fast-check';
import { atRest, capacityOf } from '../../lib/cost/at-rest';
import { costOf, total } from '../../lib/cost/money';
import { PRICE_TABLES } from '../../lib/cost/price-tables';
import { pricesOf } from '../../lib/cost/prices';
import { awake, type Billing, NOTHING_USED, sumOf } from '../../lib/cost/usage';
import type { Stretch } from '../../lib/tasks/usage';

const { prices } = pricesOf('us-east-1');
const REDSHIFT = { leastMs: 60_000, afterMs: 0 };
const billedMs = (all: readonly Stretch[], billing: Billing) => awake(all, billing).ms;
const none = { transitions: 0, logBytes: 0, metricHours: 0 };

describe('a database that sleeps', () => {
  test('is billed for a minute at the least whenever it wakes, and once for what runs at the same time', () => {
    expect(billedMs([], REDSHIFT)).toBe(0);
    expect(billedMs([[1000, 2000]], REDSHIFT)).toBe(60_000);
    expect(billedMs([[1, 90_000]], REDSHIFT)).toBe(90_000);
    // the second begins while the first minute is paid for
    expect(
      billedMs(
        [
          [50_001, 30_000],
          [1, 5000],
        ],
        REDSHIFT,
      ),
    ).toBe(80_000);
    // they wake it twice
    expect(
      billedMs(
        [
          [1, 5000],
          [60_002, 5000],
        ],
        REDSHIFT,
      ),
    ).toBe(120_000);
  });

  test('stays awake for a while after each use', () => {
    const aurora = { leastMs: 0, afterMs: 600_000 };
    expect(billedMs([[1, 1000]], aurora)).toBe(601_000);
    expect(
      billedMs(
        [
          [1, 1000],
          [500_001, 1000],
        ],
        aurora,
      ),
    ).toBe(1_101_000);
  });

  test('is billed the same when it is reckoned in parts', () => {
    fc.assert(
      fc.property(stretches, fc.nat(1_200_000), (all, cut) => {
        const early = awake(
          all.filter(([from]) => from < cut),
          REDSHIFT,
        );
        const late = awake(
          all.filter(([from]) => from >= cut),
          REDSHIFT,
          early.until,
        );
        expect(early.ms + late.ms).toBe(billedMs(all, REDSHIFT));
      }),
    );
  });

  const stretches = fc.array(
    fc.tuple(fc.integer({ min: 1, max: 1_000_000 }), fc.nat(200_000)).map(([from, ms]): Stretch => [from, ms]),
    { maxLength: 12 },
  );
  test('never costs less than its longest use, nor more than each use alone, in whatever order they are told', () => {
    fc.assert(
      fc.property(stretches, (all) => {
        const together = billedMs(all, REDSHIFT);
        const alone = all.reduce((sum, one) => sum + billedMs([one], REDSHIFT), 0);
        expect(together).toBeGreaterThanOrEqual(Math.max(0, ...all.map(([, ms]) => ms)));
        expect(together).toBeLessThanOrEqual(alone);
        expect(billedMs([...all].reverse(), REDSHIFT)).toBe(together);
      }),
    );
  });
});

test('use by prices: a million of each is what AWS says that it costs', () => {
  const usage = {
    ...NOTHING_USED,
    invocations: 1e6,
    billedMs: 1e9,
    // a gigabyte for a million seconds
    mbMs: 1024 * 1e9,
    requests: { s3Read: 1e6, s3Write: 1e6, dynamoRead: 1e6, dynamoWrite: 1e6, rdsData: 1e6, sns: 1e6, secrets: 1e6 },
  };

  const lines = costOf(usage, { transitions: 1e6, logBytes: 1e9, metricHours: 730 }, prices, {});

  expect(
    Object.fromEntries(lines.map(({ service, what, usd }) => [`${service} ${what}`, Number(usd.toFixed(4))])),
  ).toEqual({
    'Lambda time': 13.3334,
    'Lambda invocations': 0.2,
    'Step Functions Standard': 25,
    'Aurora Data API': 0.35,
    'S3 PUT, LIST': 5,
    'S3 GET': 0.4,
    'DynamoDB writes': 0.625,
    'DynamoDB reads': 0.125,
    'CloudWatch logs': 0.5,
    'CloudWatch metrics': 0.3,
    'Secrets Manager reads': 5,
    'SNS messages': 0.5,
  });
});

test('a stream costs what is put on it, read and kept', () => {
  const GB = 1024 ** 2;
  const requests = { streamIn: GB, streamOut: GB, streamKept: 730 * GB };

  const lines = costOf({ ...NOTHING_USED, requests }, none, prices, {});

  expect(lines.map(({ what, usd }) => [what, Number(usd.toFixed(4))])).toEqual([
    ['records put', 0.08],
    ['records read', 0.04],
    ['records kept', 0.1],
  ]);
});

test('a statement of a second costs a minute of the base capacity; half an ACU until Aurora pauses: both are estimates', () => {
  const usage = { ...NOTHING_USED, redshift: { a: [1, 1000] as const, b: null }, aurora: [[1, 1000] as const] };
  const capacity = { redshiftRpus: 8, auroraAcus: 0.5, auroraPauseMs: 599_000 };

  const lines = costOf(usage, none, prices, capacity);

  expect(lines).toEqual([
    expect.objectContaining({ service: 'Redshift', amount: 480, usd: expect.closeTo(0.05), estimated: true }),
    expect.objectContaining({ service: 'Aurora', amount: 300, usd: expect.closeTo(0.01), estimated: true }),
  ]);
  expect(total(lines)).toBeCloseTo(0.06, 10);
});

test('what two runs have used is what the sum has, and a statement that both tell of is one', () => {
  const one = { ...NOTHING_USED, invocations: 1, redshift: { a: null, b: [0, 5] as const }, requests: { sns: 1 } };
  const two = { ...NOTHING_USED, invocations: 2, redshift: { a: [1, 2] as const, b: null }, requests: { sns: 2 } };

  expect(sumOf([one, two])).toEqual({
    ...NOTHING_USED,
    invocations: 3,
    redshift: { a: [1, 2], b: [0, 5] },
    requests: { sns: 3 },
  });
});

test('a region without a table is priced by us-east-1, and says so', () => {
  expect(pricesOf('eu-central-1')).toMatchObject({ region: 'eu-central-1', prices: { redshiftRpuHour: 0.451 } });
  expect(pricesOf('eu-central-1').insteadOf).toBeUndefined();
  expect(pricesOf('sa-east-1')).toMatchObject({ region: 'us-east-1', insteadOf: 'sa-east-1' });
});

test('each table has a date, and prices that are some', () => {
  for (const { region, asOf, prices: all } of PRICE_TABLES) {
    expect([region, asOf]).toEqual([
      expect.stringMatching(/^[a-z]+-[a-z]+-\d$/),
      expect.stringMatching(/^\d{4}-\d\d-\d\d$/),
    ]);
    for (const price of Object.values(all)) expect(price).toBeGreaterThan(0);
  }
});

describe('at rest', () => {
  const cluster = (MinCapacity: number) => ({
    Type: 'AWS::RDS::DBCluster',
    Properties: {
      ManageMasterUserPassword: true,
      ServerlessV2ScalingConfiguration: { MinCapacity, MaxCapacity: 16, SecondsUntilAutoPause: 600 },
    },
  });
  const template = {
    Resources: {
      A: { Type: 'AWS::CloudWatch::Alarm' },
      B: { Type: 'AWS::CloudWatch::Alarm' },
      C: { Type: 'AWS::CloudWatch::Dashboard' },
      D: { Type: 'AWS::SecretsManager::Secret' },
      E: cluster(0),
      F: { Type: 'AWS::EC2::VPCEndpoint', Properties: { VpcEndpointType: 'Interface', SubnetIds: ['a', 'b'] } },
      G: { Type: 'AWS::EC2::VPCEndpoint', Properties: { VpcEndpointType: 'Gateway' } },
      H: { Type: 'AWS::Events::Rule', Properties: { ScheduleExpression: 'rate(5 minutes)' } },
      I: { Type: 'AWS::RedshiftServerless::Workgroup', Properties: { BaseCapacity: 8 } },
      K: { Type: 'AWS::Scheduler::Schedule', Properties: { ScheduleExpression: 'cron(17 * * * ? *)' } },
      L: { Type: 'AWS::Scheduler::Schedule', Properties: { ScheduleExpression: 'cron(0 1 * * ? *)' } },
      J: { Type: 'AWS::S3::Bucket' },
    },
  };

  test('costs what is billed for being there: secrets, alarms, dashboards, endpoints, and what a timer invokes', () => {
    const lines = atRest(template, prices);

    expect(lines.map(({ what, amount, usd }) => [what, amount, Number(usd.toFixed(2))])).toEqual([
      ['secrets', 2, 0.8],
      ['alarms', 2, 0.2],
      ['dashboards', 1, 3],
      ['interface endpoints', 1460, 14.6],
      ['by a timer', 711.75, 0.01],
      ['by a timer', 9490, 0],
      ['by a timer', 730, 0.02],
    ]);
  });

  test('the databases are as their template says; one that never sleeps costs at rest, and no run adds to it', () => {
    expect(capacityOf(template)).toEqual({ redshiftRpus: 8, auroraAcus: 0.5, auroraPauseMs: 600_000 });
    const awake = { Resources: { E: cluster(1) } };
    expect(capacityOf(awake)).toEqual({});
    expect(atRest(awake, prices)).toContainEqual(expect.objectContaining({ what: 'never asleep', usd: 730 * 0.12 }));
  });
});
