import type { HistoryEvent, HistoryEventType } from '@aws-sdk/client-sfn';
import { advance, NOTHING_YET, shownSteps } from '../../lib/operate/history';

const START = Date.parse('2026-01-31T10:00:00Z');
const at = (seconds: number) => new Date(START + seconds * 1000);

type Entry = readonly [HistoryEventType, Partial<HistoryEvent>?];

/** Events as `[type, details]`, a second apart. */
function history(...entries: readonly Entry[]): HistoryEvent[] {
  return entries.map(([type, details], index) => ({ id: index + 1, timestamp: at(index), type, ...details }));
}
const entered = (name: string) => ({ stateEnteredEventDetails: { name } });
const exited = (name: string, output: unknown = {}) => ({
  stateExitedEventDetails: { name, output: JSON.stringify(output) },
});

const EXTRACTED: readonly Entry[] = [
  ['ExecutionStarted', { executionStartedEventDetails: { input: '{"arrival":{"key":"a.csv","versionId":"v1"}}' } }],
  ['TaskStateEntered', entered('Admit')],
  ['TaskStateExited', exited('Admit')],
  ['ChoiceStateEntered', entered('Admitted?')],
  ['ParallelStateEntered', entered('Extract')],
  ['MapStateEntered', entered('Extract orders')],
  ['MapStateStarted', { mapStateStartedEventDetails: { length: 3 } }],
  ['TaskStateEntered', entered('Extract file of orders')],
  ['TaskStateEntered', entered('Extract file of orders')],
  [
    'TaskFailed',
    {
      taskFailedEventDetails: { resourceType: 'lambda', resource: 'invoke', error: 'Lambda.TooManyRequestsException' },
    },
  ],
  ['TaskStateExited', exited('Extract file of orders', { rows: 90, rejected: 2 })],
];

test('A run in the middle of Extract shows its tasks, its rows and its failed attempts', () => {
  const progress = advance(NOTHING_YET, history(...EXTRACTED));

  expect(progress).toEqual({
    status: 'RUNNING',
    startedAt: at(0),
    input: { arrival: { key: 'a.csv', versionId: 'v1' } },
    steps: [
      { name: 'Admit', status: 'done', startedAt: at(1), endedAt: at(4), done: 1, begun: 1, total: 1, failures: 0 },
      { name: 'Extract', status: 'running', startedAt: at(4), done: 1, begun: 2, total: 3, failures: 1 },
    ],
    mapRuns: [],
    rows: 90,
    rejected: 2,
    redrives: 0,
    lastEvent: 11,
  });
});

test('A run that waits for its turn is in no step; what it waits for is not of the step before', () => {
  const [started, ...admitted] = EXTRACTED.slice(0, 4);
  const waiting = history(started!, ...admitted, ['TaskStateEntered', entered('Turn')], ['TaskScheduled']);
  const waits = advance(NOTHING_YET, waiting);
  expect(waits).toMatchObject({ status: 'RUNNING', waits: at(4), steps: [{ name: 'Admit', status: 'done' }] });

  const rest: Entry[] = [
    ['TaskStateExited', exited('Turn')],
    ['ParallelStateEntered', entered('Extract')],
  ];
  const taken = advance(waits, history(...Array.from({ length: 6 }, (): Entry => ['TaskScheduled']), ...rest));
  expect(taken.waits).toBeUndefined();
  expect(taken.steps).toMatchObject([
    { name: 'Admit', endedAt: at(4) },
    { name: 'Extract', startedAt: at(7) },
  ]);

  const aborted = history(...Array.from({ length: 6 }, (): Entry => ['TaskScheduled']), ['ExecutionAborted']);
  expect(advance(waits, aborted)).toMatchObject({ status: 'ABORTED', steps: [{ name: 'Admit', status: 'done' }] });
});

test('Events that come again change nothing', () => {
  const events = history(...EXTRACTED);
  const once = advance(NOTHING_YET, events);

  expect(advance(once, events)).toEqual(once);
  expect(advance(advance(NOTHING_YET, events.slice(0, 6)), events.slice(3))).toEqual(once);
});

test("A failure names the step, the error and the sentence in the function's cause", () => {
  const cause = JSON.stringify({ errorType: 'TooManyBadRows', errorMessage: '5 of 9 rows are bad.' });

  const progress = advance(
    NOTHING_YET,
    history(...EXTRACTED, ['ExecutionFailed', { executionFailedEventDetails: { error: 'TooManyBadRows', cause } }]),
  );

  expect(progress.status).toBe('FAILED');
  expect(progress.error).toEqual({ name: 'TooManyBadRows', cause: '5 of 9 rows are bad.' });
  expect(progress.steps.at(-1)).toMatchObject({ name: 'Extract', status: 'failed', endedAt: at(11) });
});

test('A redriven run goes on in the step that failed, and counts its tasks once', () => {
  const progress = advance(
    NOTHING_YET,
    history(
      ...EXTRACTED,
      ['ExecutionFailed', { executionFailedEventDetails: { error: 'Boom' } }],
      ['ExecutionRedriven'],
      ['MapStateStarted', { mapStateStartedEventDetails: { length: 3 } }],
      ['TaskStateEntered', entered('Extract file of orders')],
      ['TaskStateEntered', entered('Extract file of orders')],
      ['TaskStateExited', exited('Extract file of orders', { rows: 10, rejected: 0 })],
    ),
  );

  expect(progress).toMatchObject({ status: 'RUNNING', redrives: 1, rows: 100 });
  expect(progress.error).toBeUndefined();
  expect(progress.steps.at(-1)).toMatchObject({ name: 'Extract', status: 'running', done: 2, total: 3 });
});

test('A run that has succeeded gives its output', () => {
  const output = { rows: 90, rejected: 2, published: [{ sink: 'lake:orders', rows: 90, changed: true }], warnings: [] };

  const progress = advance(
    NOTHING_YET,
    history(...EXTRACTED, [
      'ExecutionSucceeded',
      { executionSucceededEventDetails: { output: JSON.stringify(output) } },
    ]),
  );

  expect(progress).toMatchObject({ status: 'SUCCEEDED', endedAt: at(11), output });
  expect(progress.steps.every(({ status }) => status === 'done')).toBe(true);
});

test('The children of a distributed Map count as tasks of Extract; what plans and collects them does not', () => {
  const progress = advance(
    NOTHING_YET,
    history(
      ['ParallelStateEntered', entered('Extract')],
      ['TaskStateEntered', entered('Plan observations')],
      ['TaskStateExited', exited('Plan observations', { partitions: [] })],
      ['MapStateEntered', entered('Extract observations')],
      ['MapStateStarted', { mapStateStartedEventDetails: { length: 59 } }],
      ['MapRunStarted', { mapRunStartedEventDetails: { mapRunArn: 'arn:run' } }],
      ['MapRunSucceeded'],
      ['TaskStateEntered', entered('Collect observations')],
      ['TaskStateExited', exited('Collect observations', { rows: 57, rejected: 0 })],
    ),
  );

  const steps = shownSteps({ ...progress, mapRuns: [{ arn: 'arn:run', done: 57, total: 59, failed: 2 }] });

  expect(progress).toMatchObject({ rows: 57, mapRuns: [{ arn: 'arn:run' }] });
  expect(steps).toMatchObject([{ name: 'Extract', done: 57, total: 59, failures: 2 }]);
});
