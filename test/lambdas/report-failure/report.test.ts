import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import {
  CreateStateMachineCommand,
  DescribeExecutionCommand,
  RedriveExecutionCommand,
  StartExecutionCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import type { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { type FailureEvent, type ReportServices, reportFailure } from '../../../lambdas/report-failure/report';
import { reportUnheard } from '../../../lambdas/report-failure/report-unheard';
import type { AlertServices } from '../../../lambdas/shared/alerts/send';
import type { ClaimItem } from '../../../lambdas/shared/claim-item';
import { getItem, ledgerKeys, putItem } from '../../../lambdas/shared/ledger';
import { readManifests, writeDocument } from '../../../lambdas/shared/manifest';
import { readBytes } from '../../../lambdas/shared/objects';
import { getRun, updateRun } from '../../../lambdas/shared/run-item';
import { sweepRuns } from '../../../lambdas/sweep/sweep-runs';
import { type LambdaCloud, startLambdaCloud } from '../cloud';
import { manifestOf, OBJECT } from '../fixtures';

let cloud: LambdaCloud;
let machine: string;
let runs = 0;
let mails: { Subject: string; Message: string; TopicArn: string }[];

/** As compiled pipelines are: a Parallel with a Map in it, then a single task. */
const DEFINITION = {
  QueryLanguage: 'JSONata',
  StartAt: 'Extract',
  States: {
    Extract: {
      Type: 'Parallel',
      Branches: [
        {
          StartAt: 'Extract orders',
          States: {
            'Extract orders': {
              Type: 'Map',
              Items: '{% $states.input.partitions %}',
              ItemProcessor: {
                StartAt: 'Extract file of orders',
                States: { 'Extract file of orders': task('extract') },
              },
              End: true,
            },
          },
        },
        { StartAt: 'Other', States: { Other: { Type: 'Pass', End: true } } },
      ],
      Output: '{% $states.input %}',
      Next: 'Check',
    },
    Check: task('check', { manifests: '{% $states.input.manifests %}' }),
  },
};
function task(name: string, payload: object | string = '{% $states.input %}') {
  return {
    Type: 'Task',
    Resource: 'arn:aws:states:::lambda:invoke',
    Arguments: { FunctionName: name, Payload: payload },
    End: true,
  };
}

beforeAll(async () => {
  cloud = await startLambdaCloud();
  const { stateMachineArn } = await cloud.stepFunctions.send(
    new CreateStateMachineCommand({
      name: 'stepwell-orders',
      roleArn: 'arn:aws:iam::000000000000:role/machine',
      definition: JSON.stringify(DEFINITION),
    }),
  );
  machine = stateMachineArn!;
});
afterAll(() => cloud.close());
beforeEach(() => {
  runs += 1;
  mails = [];
  cloud.functions.set('extract', async () => null);
  cloud.functions.set('check', async () => null);
});

const failing = (name: string, message: string) => async () => {
  throw Object.assign(new Error(message), { name });
};

interface Run {
  readonly name: string;
  readonly arn: string;
  readonly event: FailureEvent;
}

/** Runs an execution to its end; the event is the one that EventBridge delivers. */
async function run(
  input: object = { partitions: [1, 2] },
  during?: (arn: string) => Promise<void>,
  name = `run-${runs}`,
): Promise<Run> {
  const { executionArn } = await cloud.stepFunctions.send(
    new StartExecutionCommand({ stateMachineArn: machine, name, input: JSON.stringify(input) }),
  );
  await during?.(executionArn!);
  return { name, arn: executionArn!, event: await ended(executionArn!, name) };
}

async function ended(executionArn: string, name: string): Promise<FailureEvent> {
  for (;;) {
    const { status, startDate, stopDate, redriveCount } = await cloud.stepFunctions.send(
      new DescribeExecutionCommand({ executionArn }),
    );
    if (status === 'FAILED' || status === 'TIMED_OUT' || status === 'ABORTED') {
      return {
        detail: {
          executionArn,
          name,
          status,
          startDate: +startDate!,
          stopDate: +stopDate!,
          redriveCount: redriveCount ?? 0,
        },
      };
    }
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

type Changes = Partial<Omit<ReportServices, 'alerts'> & Pick<AlertServices, 'sns' | 'requestId'>>;

function services({ sns, requestId = 'request-1', ...more }: Changes = {}): ReportServices {
  return {
    ledger: cloud.ledger,
    stepFunctions: cloud.stepFunctions,
    alerts: {
      ledger: cloud.ledger,
      sns: sns ?? ({ send: async ({ input }: PublishCommand) => mailed(input) } as unknown as SNSClient),
      topicArn: (pipeline) => `arn:topic:${pipeline}`,
      requestId,
      // One by one, however many tests there are.
      atOnce: 1000,
      now: more.now ?? Date.now,
    },
    workBucket: 'work',
    readManifests: (refs) => readManifests(cloud.s3, 'work', refs),
    readStart: async (key, bytes) => (await readBytes(cloud.s3, { bucket: 'work', key }, 0, bytes)).toString(),
    metric: () => {},
    warn: () => {},
    now: Date.now,
    ...more,
  };
}

/** What a subscriber by email gets. */
function mailed({ Subject, Message, TopicArn }: PublishCommand['input']) {
  mails.push({ Subject: Subject!, TopicArn: TopicArn!, Message: JSON.parse(Message!).default });
  return {};
}

async function admitted({ name, arn }: { name: string; arn: string }): Promise<() => Promise<ClaimItem | undefined>> {
  const object = { ...OBJECT, key: `orders/${name}.csv` };
  await updateRun(
    cloud.ledger,
    { pipeline: 'orders', runId: name, executionArn: arn },
    { status: 'RUNNING', startedAt: 's', objects: [object], openPk: 'run', dueAt: 'd' },
  );
  const at = ledgerKeys.claim('orders', object.bucket, object.key);
  await putItem(cloud.ledger, at, { ...object, owner: arn, status: 'claimed', revision: 1, earlier: [] });
  return () => getItem<ClaimItem>(cloud.ledger, at);
}

test('a file that cannot be read: the ledger, the claim and one mail say so', async () => {
  cloud.functions.set(
    'extract',
    failing('UnreadableFile', 'orders/a.csv is a ZIP archive, not a CSV file. Unpack it.'),
  );
  let claim: (() => Promise<ClaimItem | undefined>) | undefined;
  const failed = await run({ partitions: [1] }, async (arn) => {
    claim = await admitted({ name: `run-${runs}`, arn });
  });

  expect(await reportFailure('orders', failed.event, services())).toBe('reported');
  expect(await reportFailure('orders', failed.event, services({ requestId: 'request-2' }))).toBe('reported before');

  expect(await getRun(cloud.ledger, 'orders', failed.name)).toEqual({
    pipeline: 'orders',
    runId: failed.name,
    executionArn: failed.arn,
    status: 'FAILED',
    startedAt: 's',
    endedAt: new Date(failed.event.detail.stopDate!).toISOString(),
    redriveCount: 0,
    objects: [expect.objectContaining({ key: `orders/${failed.name}.csv` })],
    error: {
      step: 'Extract file of orders',
      name: 'UnreadableFile',
      cause: 'orders/a.csv is a ZIP archive, not a CSV file. Unpack it.',
    },
  });
  expect(await claim!()).toMatchObject({ status: 'failed', owner: failed.arn });
  expect(mails).toHaveLength(1);
  expect(mails[0]).toEqual({
    TopicArn: 'arn:topic:orders',
    Subject: '[Stepwell] orders failed at Extract file of orders: UnreadableFile',
    Message: expect.stringContaining(`npx stepwell redrive orders ${failed.name}\n`),
  });
});

test('too many bad rows: the first of them and where all are stand in the mail', async () => {
  const row = {
    ...OBJECT,
    line: 17,
    offset: 400,
    column: 'total',
    reason: '"abc" is not a decimal(12, 2)',
    raw: '7,é\n,abc',
  };
  const { bucket, key, versionId } = OBJECT;
  const lines = Array.from({ length: 7 }, (_, n) =>
    JSON.stringify({
      bucket,
      key,
      versionId,
      line: row.line + n,
      offset: row.offset,
      column: row.column,
      reason: row.reason,
      raw: row.raw,
    }),
  );
  const body = `${lines.join('\n')}\n`;
  const quarantine = `quarantine/orders/orders/run-${runs}/0-a.ndjson`;
  await cloud.s3.send(new PutObjectCommand({ Bucket: 'work', Key: quarantine, Body: body }));
  const manifest = await writeDocument(cloud.s3, 'work', `runs/orders/run-${runs}/manifests/x.json`, {
    ...manifestOf([]),
    source: {
      name: 'orders',
      object: OBJECT,
      read: 10,
      rejected: 7,
      quarantine: { key: quarantine, etag: 'e', length: Buffer.byteLength(body), rows: 7 },
    },
  });
  cloud.functions.set('check', failing('TooManyBadRows', '7 of 10 rows of orders are bad, more than 5 %.'));

  const failed = await run({ partitions: [], manifests: [manifest] });
  await reportFailure('orders', failed.event, services());

  const { Message } = mails[0]!;
  expect(Message).toContain(
    'The pipeline orders failed at the step "Check".\n\n7 of 10 rows of orders are bad, more than 5 %.\n',
  );
  expect(Message).toContain('  line 17, column total: "abc" is not a decimal(12, 2)\n    7,é ,abc\n');
  expect(Message.match(/line \d+, column/g)).toHaveLength(5);
  expect(Message).toContain(`All bad rows, one JSON object a line:\n  s3://work/${quarantine}\n`);
  expect(await getRun(cloud.ledger, 'orders', failed.name)).toMatchObject({ quarantine: [quarantine] });
});

test('an extract that fails for its bad rows says in its message where they are', async () => {
  const { bucket, key, versionId } = OBJECT;
  const row = {
    bucket,
    key,
    versionId,
    line: 2,
    offset: 9,
    column: 'id',
    reason: "'x' is not a whole number",
    raw: 'x,1',
  };
  const quarantine = `quarantine/orders/orders/run-${runs}/0000-a.ndjson`;
  await cloud.s3.send(new PutObjectCommand({ Bucket: 'work', Key: quarantine, Body: `${JSON.stringify(row)}\n` }));
  cloud.functions.set('extract', failing('TooManyBadRows', `1 of 1 rows are bad. All are in s3://work/${quarantine}.`));

  const failed = await run({ partitions: [1] });
  await reportFailure('orders', failed.event, services());

  expect(mails[0]!.Message).toContain("  line 2, column id: 'x' is not a whole number\n    x,1\n");
  expect(mails[0]!.Message).toContain(`All bad rows, one JSON object a line:\n  s3://work/${quarantine}\n`);
});

test('a run that was stopped names the step where it stood', async () => {
  let reached: () => void = () => {};
  const waiting = new Promise<void>((resolve) => {
    reached = resolve;
  });
  let goOn: (output: object) => void = () => {};
  cloud.functions.set('check', () => {
    reached();
    return new Promise((resolve) => {
      goOn = resolve;
    });
  });

  const failed = await run({ partitions: [], manifests: [] }, async (executionArn) => {
    await waiting;
    await cloud.stepFunctions.send(new StopExecutionCommand({ executionArn, cause: 'wrong file' }));
    goOn({});
  });
  await reportFailure('orders', failed.event, services());

  expect(mails[0]!.Subject).toBe('[Stepwell] orders was stopped at Check: ABORTED');
  expect(mails[0]!.Message).toContain('wrong file.');
});

test('a run that failed before it was admitted gets an item and a mail', async () => {
  cloud.functions.set('extract', failing('InvalidTaskInput', 'The run was started with {}.'));

  const failed = await run();
  await reportFailure('orders', failed.event, services());

  expect(await getRun(cloud.ledger, 'orders', failed.name)).toMatchObject({
    status: 'FAILED',
    startedAt: new Date(failed.event.detail.startDate!).toISOString(),
    error: { name: 'InvalidTaskInput' },
  });
  expect(mails).toHaveLength(1);
});

test('an event that a redrive has overtaken is told with its own failure, and marks nothing; the failure after the redrive is told, too', async () => {
  cloud.functions.set('check', failing('StatementFailed', 'first time'));
  const failed = await run({ partitions: [], manifests: [] });
  cloud.functions.set('check', failing('StatementFailed', 'second time'));
  await cloud.stepFunctions.send(new RedriveExecutionCommand({ executionArn: failed.arn }));
  const again = await redriven(failed);

  expect(await reportFailure('orders', failed.event, services())).toBe('reported');
  expect(await getRun(cloud.ledger, 'orders', failed.name)).toBeUndefined();
  expect(await reportFailure('orders', again, services())).toBe('reported');
  expect(await reportFailure('orders', failed.event, services())).toBe('reported before');
  expect(await getRun(cloud.ledger, 'orders', failed.name)).toMatchObject({ status: 'FAILED', redriveCount: 1 });
  expect(mails).toHaveLength(2);
  expect(mails[0]!.Message).toContain('first time');
  expect(mails[0]!.Message).toContain('The run was redriven since, and is failed now.');
  expect(mails[1]!.Message).toContain('second time');
  expect(mails[1]!.Message).not.toContain('redriven since');
});

test('a run that has succeeded after its redrive stays so', async () => {
  cloud.functions.set('check', failing('StatementFailed', 'once'));
  const failed = await run({ partitions: [], manifests: [] });
  const at = { pipeline: 'orders', runId: failed.name, executionArn: failed.arn };
  await updateRun(cloud.ledger, at, { status: 'SUCCEEDED', startedAt: 's' });

  await reportFailure('orders', failed.event, services());

  expect(await getRun(cloud.ledger, 'orders', failed.name)).toMatchObject({ status: 'SUCCEEDED' });
});

test('a mail that could not be sent is sent by the retry, or by another one after a while', async () => {
  cloud.functions.set('check', failing('CheckFailed', 'order_id is NULL in 3 rows'));
  const failed = await run({ partitions: [], manifests: [] });
  const down = {
    send: async () => {
      throw new Error('SNS is down');
    },
  } as never;

  await expect(reportFailure('orders', failed.event, services({ sns: down }))).rejects.toThrow('SNS is down');
  expect(await reportFailure('orders', failed.event, services({ requestId: 'other' }))).toBe('being reported');
  await expect(reportFailure('orders', failed.event, services({ sns: down }))).rejects.toThrow('SNS is down');
  const later = () => Date.now() + 3 * 60_000;
  expect(await getRun(cloud.ledger, 'orders', failed.name)).toMatchObject({ status: 'FAILED', openPk: 'run' });
  expect(await reportFailure('orders', failed.event, services({ requestId: 'other', now: later }))).toBe('reported');
  expect(mails).toHaveLength(1);
  expect(await getRun(cloud.ledger, 'orders', failed.name)).not.toHaveProperty('openPk');
});

test('a run whose report fails again and again stays open for the sweeper, whose event makes the mail', async () => {
  cloud.functions.set('check', failing('CheckFailed', 'order_id is NULL in 3 rows'));
  const failed = await run({ partitions: [], manifests: [] });
  const down = { send: () => Promise.reject(new Error('SNS is down')) } as never;
  await expect(reportFailure('orders', failed.event, services({ sns: down }))).rejects.toThrow('SNS is down');
  const at = (ms: number) => () => Date.now() + ms;
  const sweep = (ms: number) =>
    sweepRuns({
      ledger: cloud.ledger,
      stepFunctions: cloud.stepFunctions,
      events: new EventBridgeClient(cloud.settings),
      now: at(ms),
    });
  cloud.events.length = 0;

  expect(await sweep(0)).toBe(0);
  expect(await sweep(20 * 60_000)).toBe(1);
  const { detail } = cloud.events.find(({ source }) => source === 'stepwell')!;
  const event = { detail } as unknown as FailureEvent;
  expect(await reportFailure('orders', event, services({ requestId: 'swept', now: at(20 * 60_000) }))).toBe('reported');

  expect(mails).toHaveLength(1);
  expect(await sweep(3 * 3_600_000)).toBe(0);
});

test('two deliveries of one event at once make one mail', async () => {
  cloud.functions.set('check', failing('CheckFailed', 'order_id is NULL in 3 rows'));
  const failed = await run({ partitions: [], manifests: [] });

  const answers = await Promise.all(
    Array.from({ length: 8 }, (_, n) => reportFailure('orders', failed.event, services({ requestId: `r${n}` }))),
  );

  expect(answers.filter((answer) => answer === 'reported')).toHaveLength(1);
  expect(mails).toHaveLength(1);
  expect(await getRun(cloud.ledger, 'orders', failed.name)).not.toHaveProperty('openPk');
});

test('an expression of the state machine that cannot be evaluated names its state', async () => {
  const failed = await run({ partitions: [] });

  await reportFailure('orders', failed.event, services());

  expect(mails[0]!.Subject).toBe('[Stepwell] orders failed at Check: States.QueryEvaluationError');
});

test('an alarm finds the runs whose events were lost, and tells of them as the events would have', async () => {
  cloud.functions.set('check', failing('CheckFailed', 'order_id is NULL in 3 rows'));
  const [heard, unheard] = [
    await run({ partitions: [], manifests: [] }),
    await run({ partitions: [], manifests: [] }, undefined, `lost-${runs}`),
  ];
  // What other tests have left behind, and no event came for.
  await reportUnheard('orders', machine, services());
  expect(mails.filter(({ Message }) => Message.includes(`Run:       ${unheard.name}\n`))).toHaveLength(1);
  mails = [];

  expect(await reportFailure('orders', heard.event, services())).toBe('reported before');
  expect(await reportUnheard('orders', machine, services({ requestId: 'again' }))).toBe(0);
  expect(await reportUnheard('orders', machine, services({ now: () => Date.now() + 86_400_000 }))).toBe(0);
  expect(mails).toEqual([]);
  expect(await getRun(cloud.ledger, 'orders', unheard.name)).toMatchObject({ status: 'FAILED' });
});

test('bad rows that cannot be read do not keep the mail back', async () => {
  cloud.functions.set('check', failing('TooManyBadRows', 'many'));
  const failed = await run({ partitions: [], manifests: [{ key: 'runs/none.json', etag: 'e', length: 1 }] });

  expect(await reportFailure('orders', failed.event, services())).toBe('reported');
  expect(mails[0]!.Message).toContain('many.');
});

/** The end of the execution after its redrive. */
async function redriven(failed: Run): Promise<FailureEvent> {
  for (;;) {
    const event = await ended(failed.arn, failed.name);
    if (event.detail.redriveCount === 1) return event;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

test('of the runs of a backfill that fail, the first is mailed, and the others when a redrive of theirs fails', async () => {
  cloud.functions.set('check', failing('CheckFailed', 'no.'));
  const counted: string[] = [];
  const report = ({ event }: Run) =>
    reportFailure('orders', event, services({ requestId: event.detail.name, metric: (name) => counted.push(name) }));
  const [one, two] = [
    await run({ partitions: [], manifests: [] }, undefined, '01-backfill-0a1b2c3d'),
    await run({ partitions: [], manifests: [] }, undefined, '02-backfill-0a1b2c3d'),
  ];

  expect([await report(one), await report(two), await report(two)]).toEqual([
    'reported',
    'reported with its backfill',
    'reported before',
  ]);
  expect(counted).toEqual(['RunsFailed', 'RunsFailed']);
  expect(mails).toHaveLength(1);
  expect(mails[0]!.Message).toContain(
    'Backfill:  0a1b2c3d, whose other runs that fail are not mailed: npx stepwell backfill show 0a1b2c3d',
  );
  expect(await getRun(cloud.ledger, 'orders', two.name)).toMatchObject({
    status: 'FAILED',
    error: { name: 'CheckFailed' },
  });

  await cloud.stepFunctions.send(new RedriveExecutionCommand({ executionArn: two.arn }));
  expect(await report({ ...two, event: await ended(two.arn, two.name) })).toBe('reported');
  expect(mails).toHaveLength(2);
});
