/** A run once more: its missing partitions alone, all that it has loaded, or from the start if it has failed beyond a redrive. */
import { findRun } from '../operate/ledger';
import { planRerun } from '../operate/rerun';
import { connect } from './connect';
import { type AgainOptions, loadAgain } from './load-again';

export interface RerunOptions extends AgainOptions {
  /** of a partial run: extract those alone */
  readonly failedPartitions: boolean;
  /** look among its runs only */
  readonly pipeline?: string;
}

export async function rerun(wanted: string, options: RerunOptions): Promise<void> {
  const connection = await connect(options);
  const run = await findRun(connection, wanted, options.pipeline);
  const { sentence, input } = await planRerun(connection, run, options.failedPartitions);
  process.stderr.write(`${sentence}\n`);
  await loadAgain(connection, run, input, options);
}
