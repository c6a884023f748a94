import type { RunRow } from '../../lib/operate/ledger';
import { quarantineState, stateText } from '../../lib/operate/quarantine-state';

const run: RunRow = {
  pipeline: 'orders',
  runId: '3f0c9a1e-0000',
  executionArn: 'arn',
  status: 'SUCCEEDED',
  startedAt: '2026-01-05T08:00:00.000Z',
  files: ['orders/a.csv'],
  quarantine: ['quarantine/orders/lines/3f0c9a1e/0-a.ndjson'],
};
const discarded = [{ rows: 2, at: '2026-01-06T08:00:00.000Z', by: 'ann (arn)', reason: 'names of people' }];

test('bad rows are open until a later run has loaded the same, or until they were deleted', () => {
  expect(quarantineState(run, undefined)).toEqual({ state: 'open' });
  expect(quarantineState(run, '589906cf-0000')).toEqual({ state: 'replayed', by: '589906cf-0000' });
  expect(stateText(quarantineState(run, '589906cf-0000'))).toBe('replayed by 589906cf');
});

test('deleted is deleted, whatever was loaded since; where only those of one source were, the others are open', () => {
  const { at, by, reason } = discarded[0]!;
  const gone = { ...run, quarantine: [], discarded };
  expect(quarantineState(gone, '589906cf-0000')).toEqual({ state: 'discarded', by, at, reason });
  expect(stateText(quarantineState(gone, undefined))).toMatch(
    /^discarded 2026-01-0\d \d\d:\d\d by ann \(arn\): names of people$/,
  );
  expect(quarantineState({ ...run, discarded }, undefined)).toEqual({ state: 'open' });
});
