import type { RunRow } from '../../lib/operate/ledger';
import { redriveRefusal } from '../../lib/operate/redrive';

const now = new Date('2026-11-20T12:00:00Z');
const run: RunRow = {
  pipeline: 'orders',
  runId: '0f1e2d3c-aaaa-bbbb',
  executionArn: 'arn',
  status: 'FAILED',
  startedAt: '2026-11-01T12:00:00.000Z',
  files: ['orders/june.csv'],
};
const failed = { status: 'FAILED', stopDate: new Date('2026-11-19T12:00:00Z'), redriveStatus: 'REDRIVABLE' } as const;
const succeeded = { ...failed, status: 'SUCCEEDED', redriveStatus: 'NOT_REDRIVABLE' } as const;
const lacking = [{ source: 'observations', partition: '1', cause: 'down' }] as unknown as RunRow['failed'];

test('A run that failed within 14 days can be redriven', () => {
  expect(redriveRefusal(run, failed, now)).toBeUndefined();
  expect(redriveRefusal({ ...run, status: 'ABORTED' }, { ...failed, status: 'ABORTED' }, now)).toBeUndefined();
});

test.each([
  [
    'is too old',
    run,
    { ...failed, stopDate: new Date('2026-11-01T12:00:00Z') },
    'The run 0f1e2d3c-aaaa-bbbb ended 19 days ago: AWS redrives runs for 14 days. Start its load over: npx stepwell rerun 0f1e2d3c-aaaa-bbbb',
  ],
  [
    'has succeeded',
    { ...run, status: 'SUCCEEDED' },
    succeeded,
    'The run 0f1e2d3c-aaaa-bbbb has succeeded: there is nothing to redrive. To load the same again, in its place: npx stepwell rerun 0f1e2d3c-aaaa-bbbb',
  ],
  [
    'has lost files to another run',
    { ...run, takenOverBy: '5f6a7b8c-dddd-eeee' },
    failed,
    'Files of the run 0f1e2d3c-aaaa-bbbb have been taken over by the run 5f6a7b8c-dddd-eeee, which loads them beside others: their rows could be in the tables twice. See: npx stepwell show 5f6a7b8c',
  ],
  [
    'is partial',
    { ...run, status: 'SUCCEEDED', failed: lacking },
    succeeded,
    'The run 0f1e2d3c-aaaa-bbbb has succeeded without some partitions, so there is nothing to redrive. To load those: npx stepwell rerun 0f1e2d3c-aaaa-bbbb --failed-partitions',
  ],
  [
    'was skipped',
    { ...run, status: 'SKIPPED' },
    succeeded,
    'The run 0f1e2d3c-aaaa-bbbb has had nothing to do: there is nothing to redrive.',
  ],
  [
    'is still running',
    { ...run, status: 'RUNNING' },
    { status: 'RUNNING' },
    'The run 0f1e2d3c-aaaa-bbbb is still running. See: npx stepwell show 0f1e2d3c',
  ],
  [
    'waits for its Map Runs',
    run,
    { ...failed, status: 'PENDING_REDRIVE' },
    'The run 0f1e2d3c-aaaa-bbbb is still running. See: npx stepwell show 0f1e2d3c',
  ],
  [
    'has a history that is full',
    run,
    { ...failed, redriveStatus: 'NOT_REDRIVABLE', redriveStatusReason: 'Execution history event limit exceeded.' },
    'The run 0f1e2d3c-aaaa-bbbb cannot be redriven: Execution history event limit exceeded. Start its load over: npx stepwell rerun 0f1e2d3c-aaaa-bbbb',
  ],
] as const)('One that %s says what to do instead', (_, row, execution, sentence) => {
  expect(redriveRefusal(row, execution, now)).toBe(sentence);
});
