/** The state machine of backfills and its last step, over a pipeline that does nothing but end in one way or another. */
import { PutObjectCommand } from '@aws-sdk/client-s3';
import {
  CreateStateMachineCommand,
  DescribeExecutionCommand,
  ListExecutionsCommand,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import { concludeBackfill } from '../../../lambdas/conclude-backfill/conclude';
import { getItem, putItem } from '../../../lambdas/shared/ledger';
import { lint } from '../../../lib/asl';
import type { StateMachine } from '../../../lib/asl/types';
import { backfillMachine } from '../../../lib/compiler/backfill';
import { type BackfillItem, type BackfillRun, backfillKey, concludeBackfillInput } from '../../../lib/tasks/backfill';
import { type LambdaCloud, startLambdaCloud } from '../cloud';

let cloud: LambdaCloud;
let machineArn: string;
let pipelineArn: string;
beforeAll(async () => {
  cloud = await startLambdaCloud();
  cloud.functions.set('conclude', (input) =>
    concludeBackfill(concludeBackfillInput.parse(input), { s3: cloud.s3, ledger: cloud.ledger, now: () => NOW }),
  );
  machineArn = await create('stepwell_backfill', backfillMachine());
  pipelineArn = await create('stepwell-orders', {
    QueryLanguage: 'JSONata',
    StartAt: 'How?',
    States: {
      'How?': {
        Type: 'Choice',
        Choices: [
          { Condition: "{% $contains($states.input.objects[0].key, 'bad') %}", Next: 'Bad' },
          { Condition: "{% $contains($states.input.objects[0].key, 'old') %}", Next: 'Old' },
          { Condition: "{% $contains($states.input.objects[0].key, 'half') %}", Next: 'Half' },
        ],
        Default: 'Good',
      },
      Bad: {
        Type: 'Fail',
        Error: 'UnreadableFile',
        Cause: '{"errorType":"UnreadableFile","errorMessage":"It is no CSV."}',
      },
      Old: { Type: 'Succeed', Output: { outcome: 'duplicate', reason: 'It was loaded.' } },
      Half: { Type: 'Succeed', Output: { rows: 1, failed: [{ source: 'cities', partition: '1', cause: 'down' }] } },
      Good: { Type: 'Succeed', Output: { rows: 1 } },
    },
  });
});
afterAll(() => cloud.close());

const NOW = Date.parse('2026-03-05T01:00:00Z');

async function create(name: string, definition: StateMachine): Promise<string> {
  const filled = JSON.stringify(definition)
    .replaceAll(`\${WorkBucketName}`, 'work')
    .replaceAll(`\${LedgerTableName}`, 'ledger')
    .replaceAll(`\${ConcludeBackfillFunctionArn}`, 'arn:aws:lambda:us-east-1:000000000000:function:conclude');
  const { stateMachineArn } = await cloud.stepFunctions.send(
    new CreateStateMachineCommand({ name, roleArn: 'arn:aws:iam::000000000000:role/states', definition: filled }),
  );
  return stateMachineArn!;
}

async function ended(executionArn: string) {
  for (;;) {
    const described = await cloud.stepFunctions.send(new DescribeExecutionCommand({ executionArn }));
    if (described.status !== 'RUNNING') return described;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

const runs = (id: string, keys: readonly string[]): BackfillRun[] =>
  keys.map((key, index) => ({ name: `${index}-backfill-${id}`, input: { objects: [{ bucket: 'landing', key }] } }));

async function backfill(id: string, list: readonly BackfillRun[], status: BackfillItem['status'] = 'RUNNING') {
  const key = `backfills/orders/${id}/runs.jsonl`;
  await cloud.s3.send(
    new PutObjectCommand({ Bucket: 'work', Key: key, Body: list.map((run) => `${JSON.stringify(run)}\n`).join('') }),
  );
  await putItem(cloud.ledger, backfillKey(id), { id, status, tokens: {} });
  const input = { id, pipeline: 'orders', stateMachineArn: pipelineArn, runs: key, maxActive: 20 };
  const { executionArn } = await cloud.stepFunctions.send(
    new StartExecutionCommand({ stateMachineArn: machineArn, name: id, input: JSON.stringify(input) }),
  );
  return ended(executionArn!);
}

test('its state machine breaks no rule', () => {
  expect(lint(backfillMachine())).toEqual([]);
});

test('more runs than the ledger names, of which some fail and some have nothing to do, are counted; the first that failed are named', async () => {
  const keys = Array.from({ length: 120 }, (_, n) => `${['good', 'bad', 'good', 'old'][n % 4]}-${n}`);

  const { status, output } = await backfill('a1', runs('a1', keys));

  expect(status).toBe('SUCCEEDED');
  expect(JSON.parse(output!)).toEqual({ succeeded: 60, partial: 0, skipped: 30, failed: 30 });
  const item = await getItem<BackfillItem>(cloud.ledger, backfillKey('a1'));
  expect(item).toMatchObject({
    status: 'FAILED',
    counts: { succeeded: 60, partial: 0, skipped: 30, failed: 30 },
    endedAt: '2026-03-05T01:00:00.000Z',
  });
  expect(item).not.toHaveProperty('tokens');
  expect(item!.failures).toHaveLength(20);
  expect(item!.failures![0]).toEqual({
    runId: '1-backfill-a1',
    key: 'bad-1',
    error: 'UnreadableFile',
    cause: 'It is no CSV.',
  });
});

test('runs that have succeeded without some partitions are counted for themselves, and named', async () => {
  const { output } = await backfill('a4', runs('a4', ['good', 'half-1', 'half-2']));

  expect(JSON.parse(output!)).toEqual({ succeeded: 3, partial: 2, skipped: 0, failed: 0 });
  expect(await getItem<BackfillItem>(cloud.ledger, backfillKey('a4'))).toMatchObject({
    status: 'SUCCEEDED',
    partials: [
      { runId: '1-backfill-a4', key: 'half-1' },
      { runId: '2-backfill-a4', key: 'half-2' },
    ],
  });
});

test('runs that an attempt before has started, and that have ended, are found and not started again', async () => {
  const list = runs('a2', ['good', 'bad', 'half']);
  for (const { name } of list) {
    // with another input, so that the name is taken
    const input = JSON.stringify({ objects: [{ key: ['good', 'bad', 'half'][Number(name[0])] }], again: true });
    const { executionArn } = await cloud.stepFunctions.send(
      new StartExecutionCommand({ stateMachineArn: pipelineArn, name, input }),
    );
    await ended(executionArn!);
  }

  const { output } = await backfill('a2', list);

  expect(JSON.parse(output!)).toEqual({ succeeded: 2, partial: 1, skipped: 0, failed: 1 });
  const { executions = [] } = await cloud.stepFunctions.send(
    new ListExecutionsCommand({ stateMachineArn: pipelineArn, maxResults: 1000 }),
  );
  expect(executions.filter(({ name }) => name!.endsWith('-a2'))).toHaveLength(3);
  expect((await getItem<BackfillItem>(cloud.ledger, backfillKey('a2')))!.failures).toEqual([
    { runId: '1-backfill-a2', key: 'bad', error: 'RunFailed', cause: 'The run has failed.' },
  ]);
});

test('one that was cancelled stays so', async () => {
  await backfill('a3', runs('a3', ['good']), 'CANCELLED');

  expect(await getItem(cloud.ledger, backfillKey('a3'))).toMatchObject({ status: 'CANCELLED' });
});
