/** A failed run goes on at the step that failed. */
import { RedriveExecutionCommand, SFNClient } from '@aws-sdk/client-sfn';
import { connect } from './connection';
import { Refused } from './errors';
import { followRun } from './follow-run';
import { intervalOption } from './intervals';
import { findRun, titleOfRun } from './ledger';
import { printOutcome } from './outcome';
import { printer, type VerbOptions } from './printer';

export async function redrive(
  pipeline: string,
  wanted: string,
  options: VerbOptions & { readonly wait: boolean },
): Promise<void> {
  const connection = await connect(options);
  const run = await findRun(connection, wanted, pipeline);
  const { executionArn, runId, status } = run;
  if (status === 'SUCCEEDED' || status === 'SKIPPED')
    throw new Refused(
      `The run ${runId} has ${status === 'SKIPPED' ? 'had nothing to do' : 'succeeded'}: there is nothing to redrive.`,
    );
  if (status === 'RUNNING')
    throw new Refused(`The run ${runId} is still running. See: npx stepwell show ${runId.slice(0, 8)}`);
  const sfn = new SFNClient(connection.client);
  try {
    await sfn.send(new RedriveExecutionCommand({ executionArn }));
  } catch (error) {
    if ((error as Error).name !== 'ExecutionNotRedrivable') throw error;
    const remedy = run.after
      ? `Start another, which takes over from it: npx stepwell run ${pipeline} --after ${run.after.runId}`
      : run.interval
        ? `Start another, which takes over from it: npx stepwell run ${pipeline} --interval ${intervalOption(run.interval)}`
        : 'Drop its file again: that starts a new run, which takes over from a failed one.';
    throw new Refused(`The run ${runId} cannot be redriven: ${(error as Error).message}. ${remedy}`);
  }
  if (!options.wait) {
    printer(options).print({ pipeline, runId, executionArn, redriven: true }, () => [
      `Redriven. Follow it: npx stepwell show ${runId.slice(0, 8)}`,
    ]);
    return;
  }
  const followed = await followRun(pipeline, sfn, { key: titleOfRun(run), executionArn }, options);
  printOutcome(pipeline, [followed], options, run.interval);
}
