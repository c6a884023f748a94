import type { Asking } from '../../operate/ledger';
import type { Context } from '../server/route';

const HOUR_MS = 3_600_000;

/** For `latestRuns` and `runsPage`: within the console's limits, and what a run was started with is asked once. */
export const askingOf = ({ limits, cached }: Context): Asking => ({
  list: limits.list,
  input: (executionArn, ask) => cached(`input ${executionArn}`, HOUR_MS, () => limits.describe(ask)),
});
