/** `stepwell quarantine replay`. */
import { deployed } from '../operate/connection';
import { findRun } from '../operate/ledger';
import { planReplay } from '../operate/quarantine-replay';
import { countsText } from '../operate/quarantine-rows';
import { count, plural } from '../operate/text';
import { connect } from './connect';
import { type AgainOptions, loadAgain } from './load-again';

export async function replayQuarantine(wanted: string, options: AgainOptions): Promise<void> {
  const connection = await connect(options);
  const stacks = await deployed(connection);
  const run = await findRun(connection, wanted);
  const { counts, input } = await planReplay(connection, stacks, run);

  const what = counts.size > 0 ? `: ${countsText(counts)}` : '';
  process.stderr.write(`Replaying ${plural(run.rejected ?? 0, 'bad row')} of run ${run.runId}${what}\n`);
  const followed = await loadAgain(connection, run, input, options);
  const { output } = followed?.progress ?? {};
  if (output === undefined) return;
  const left = output.rejected ?? 0;
  process.stderr.write(
    left === 0
      ? `None of the ${count(run.rejected)} rows is bad any longer.\n`
      : `${plural(left, 'row')} ${left === 1 ? 'is' : 'are'} bad still, of ${count(run.rejected)} before.\n`,
  );
}
