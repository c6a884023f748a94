/** An account with more pipelines than the overview may ask about at once: all of it comes, and never faster than Step Functions refills. */
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { CreateStateMachineCommand, SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { overview } from '../../lib/console/api/overview';
import { cache } from '../../lib/console/server/context';
import type { Context } from '../../lib/console/server/route';
import { createDynamoDbService } from '../../lib/local/services/dynamodb';
import { createEventsService } from '../../lib/local/services/events';
import { createMonitoringService } from '../../lib/local/services/monitoring';
import { createSchedulerService } from '../../lib/local/services/scheduler';
import { createStatesService } from '../../lib/local/services/states';
import type { Deployed, DeployedPipeline } from '../../lib/operate/connection';
import { limitsOf } from '../../lib/operate/rate-limit';
import { type Aws, connect } from '../contract/aws';

jest.setTimeout(120_000);

const PIPELINES = 60;
/** What AWS refills a second, and what its buckets hold. */
const QUOTAS = { 'states:ListExecutions': [5, 100], 'states:DescribeExecution': [15, 300] } as const;

let aws: Aws;
/** by action: when it was asked */
const asked = new Map<string, number[]>();

beforeAll(async () => {
  aws = await connect(
    () =>
      [
        createStatesService(),
        createDynamoDbService(),
        createEventsService(),
        createSchedulerService(),
        createMonitoringService(),
      ] as never,
    (_, requests) => {
      for (const { action } of requests) asked.set(action, [...(asked.get(action) ?? []), Date.now()]);
    },
  );
});
afterAll(() => aws.close());

test(`the overview of ${PIPELINES} pipelines comes whole, within what Step Functions allows an account`, async () => {
  const ledger = new DynamoDBClient(aws.config);
  await ledger.send(
    new CreateTableCommand({
      TableName: 'ledger',
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: ['pk', 'sk'].map((AttributeName) => ({ AttributeName, AttributeType: 'S' as const })),
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ],
    }),
  );
  const sfn = new SFNClient(aws.config);
  const pipelines = await Promise.all(
    Array.from({ length: PIPELINES }, async (_, index): Promise<DeployedPipeline> => {
      const name = `p${index}`;
      const { stateMachineArn } = await sfn.send(
        new CreateStateMachineCommand({
          name,
          roleArn: 'arn:aws:iam::000000000000:role/runs',
          definition: JSON.stringify({ StartAt: 'Stay', States: { Stay: { Type: 'Wait', Seconds: 3600, End: true } } }),
        }),
      );
      // Of one that has not reached the ledger its input has to be asked for.
      await sfn.send(new StartExecutionCommand({ stateMachineArn, input: '{}' }));
      return { name, stateMachineArn: stateMachineArn!, landingBucket: 'landing', stackName: `Stepwell-${name}` };
    }),
  );
  const stacks: Deployed = { foundation: { LedgerTableName: 'ledger' }, pipelines, where: 'an account' };
  const target = { kind: 'account', account: '000000000000', region: 'us-east-1', caller: 'me' } as const;
  const connection = { client: aws.config, target } as unknown as Context['connection'];
  const context: Context = {
    connection,
    readOnly: true,
    limits: limitsOf(connection),
    ...cache(),
    stacks: async () => stacks,
  };
  asked.clear();

  // As the live topic asks, which is told at each time what is known by then.
  const known: number[] = [];
  for (;;) {
    const shown = await overview(context);
    known.push(shown.pipelines.filter(({ isUnknown }) => !isUnknown).length);
    if (known.at(-1) === PIPELINES) {
      expect(shown.pipelines.map(({ runs }) => runs.map(({ status }) => status))).toEqual(
        pipelines.map(() => ['RUNNING']),
      );
      break;
    }
    await new Promise((resolve) => setTimeout(resolve, 500));
  }

  expect(known).toEqual(known.toSorted((a, b) => a - b));
  // What is slow to be asked about again has not become unknown.
  context.forget();
  const held = { ...context, limits: { ...context.limits, list: () => new Promise<never>(() => {}) } };
  const later = await overview(held);
  expect(later.pipelines.map(({ runs }) => runs.length)).toEqual(pipelines.map(() => 1));
  for (const [action, [perSecond, bucket]] of Object.entries(QUOTAS)) {
    const times = asked.get(action)!;
    expect(times).toHaveLength(PIPELINES);
    // Half of it: the account has others. What its bucket holds now is what it held, less each call, and more by the second.
    const [first] = times;
    const overdrawn = times.filter(
      (at, index) => index + 1 > bucket / 2 + ((at - first!) / 1000) * (perSecond / 2) + 1,
    );
    expect([action, overdrawn]).toEqual([action, []]);
  }
  sfn.destroy();
  ledger.destroy();
});

test('after an act what was read before it is read anew, also what was on its way; what does not change is kept', async () => {
  const { cached, forget } = cache();
  let end = (_: string): void => {};
  const early = cached('runs', 1000, () => new Promise<string>((resolve) => (end = resolve)));
  await cached('a run that has ended', 3_600_000, async () => 'once');

  forget();

  expect(await cached('runs', 1000, async () => 'new')).toBe('new');
  end('old');
  expect(await early).toBe('old');
  expect(await cached('runs', 1000, async () => 'newer')).toBe('new');
  expect(await cached('a run that has ended', 3_600_000, async () => 'twice')).toBe('once');
});
