/** Runs that another pipeline has started, as the verbs tell of them. */
import { composeFailure } from '../../lambdas/report-failure/compose-failure';
import { mailOf } from '../../lambdas/shared/alerts/mail';
import { contentOf, type RunRow, titleOfRun } from '../../lib/operate/ledger';
import { loadOfRun, reprocessing } from '../../lib/operate/load-again';
import { newRunLines } from '../../lib/operate/remedy';
import { startedWith } from '../../lib/operate/started-with';

const AFTER = { pipeline: 'orders', runId: '0f1e2d3c-aaaa-bbbb' };
const run: RunRow = {
  pipeline: 'report',
  runId: 'run-1',
  executionArn: 'arn',
  status: 'SUCCEEDED',
  startedAt: '2026-03-05T01:10:00.000Z',
  files: [],
  after: AFTER,
};
const interval = { start: '2026-03-04T01:00:00.000Z', end: '2026-03-05T01:00:00.000Z' };

test('lists name the run before, or its interval', () => {
  expect([contentOf(run), titleOfRun(run)]).toEqual(['after orders 0f1e2d3c', 'report after orders 0f1e2d3c']);
  expect(contentOf({ ...run, interval })).toBe('2026-03-04 01:00–03-05 01:00 UTC');
});

test('what starts it is read from its input, as long as the ledger does not have it', () => {
  expect(startedWith(JSON.stringify({ after: { ...AFTER, time: '2026-03-05T01:10:00Z' } }))).toEqual({
    files: [],
    after: AFTER,
  });
  expect(startedWith('{"after":"orders"}')).toEqual({ files: [] });
});

test('it is loaded again by naming the run before, with an interval or without', () => {
  expect(loadOfRun(run)).toEqual({ after: { runId: AFTER.runId } });
  expect(reprocessing({ ...run, interval })).toEqual({ after: { runId: AFTER.runId }, reprocess: true });
  expect(newRunLines('report', interval, AFTER).at(-1)).toBe(`  npx stepwell run report --after ${AFTER.runId}`);
});

test('the mail of a failed one says after which run, and how to start another', () => {
  const { text } = mailOf(
    composeFailure({
      pipeline: 'report',
      runId: 'run-1',
      executionArn: 'arn:aws:states:us-east-1:000000000000:execution:stepwell-report:run-1',
      status: 'FAILED',
      redriveCount: 0,
      failure: { step: 'Check', error: 'CheckFailed', cause: '1 of 1 checks failed' },
      objects: [],
      after: AFTER,
      badRows: [],
      quarantine: [],
    }),
  );

  expect(text).toContain(`After:     orders ${AFTER.runId}`);
  expect(text).toContain(`then start a new run: npx stepwell run report --after ${AFTER.runId}`);
});
