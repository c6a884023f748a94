/** `stepwell quarantine discard`: asks first. */
import { deployed } from '../operate/connection';
import { findRun } from '../operate/ledger';
import { discard, planDiscard } from '../operate/quarantine-discard';
import { confirm } from './confirm';
import { connect } from './connect';
import { printer, type VerbOptions } from './printer';

export interface DiscardOptions extends VerbOptions {
  /** only of this source */
  readonly source?: string;
  readonly reason?: string;
  /** do not ask */
  readonly yes: boolean;
}

export async function discardQuarantine(wanted: string, options: DiscardOptions): Promise<void> {
  const connection = await connect(options);
  const stacks = await deployed(connection);
  const run = await findRun(connection, wanted);
  const plan = await planDiscard(connection, run, options.source);
  const { what, keys } = plan;
  await confirm(`Delete ${what} in quarantine of run ${run.runId} for good? They cannot be brought back.`, {
    yes: options.yes,
    no: 'Nothing was deleted.',
  });
  const discarded = await discard(connection, stacks, plan, options.reason);
  printer(options).print({ pipeline: run.pipeline, runId: run.runId, files: keys.length, ...discarded }, () => [
    `Discarded: ${what} of run ${run.runId}. The files that they came from are as they were.`,
  ]);
}
