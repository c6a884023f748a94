/** A failed Spark job in words. */
import { sentenceOf } from '../../lambdas/report-failure/explain';
import { sentence } from '../../lib/operate/history';

const failed = (StateDetails: string, State = 'FAILED') =>
  JSON.stringify({ ApplicationId: '00a', JobRunId: '00b', Name: 'sales-ranked', State, StateDetails });

test.each([
  [
    'Job failed, please check complete logs in configured logging destination. ExitCode: 3. Last few exceptions: java.lang.OutOfMemoryError: Java heap space',
    'FAILED',
    'The Spark job sales-ranked failed: Job failed, please check complete logs in configured logging destination. ExitCode: 3. Last few exceptions: java.lang.OutOfMemoryError: Java heap space. Its workers had too little memory: give them more, e.g. spark: { executor: { vcpu: 8, memoryGb: 32 } }, deploy, and start a new run: a redrive has the workers of the old definition.',
  ],
  [
    'The job run took longer than its timeout of 60 minutes, and was cancelled.',
    'CANCELLED',
    'The Spark job sales-ranked was cancelled: The job run took longer than its timeout of 60 minutes, and was cancelled. Give it more time or more workers, e.g. spark: { maxExecutors: 10, timeout: hours(2) }, deploy, and start a new run: a redrive has the workers of the old definition.',
  ],
  ['Something else.', 'FAILED', 'The Spark job sales-ranked failed: Something else.'],
  ['', 'CANCELLED', 'The Spark job sales-ranked was cancelled.'],
])('%s', (details, state, expected) => {
  expect(sentence(failed(details, state))).toBe(expected);
  expect(sentenceOf({ error: 'States.TaskFailed', cause: failed(details, state), step: 'Spark ranked' })).toBe(
    expected,
  );
});

test('another cause is told as it is', () => {
  expect(sentence('{"errorMessage":"No such table."}')).toBe('No such table.');
  expect(sentence('{"a":1}')).toBe('{"a":1}');
});
