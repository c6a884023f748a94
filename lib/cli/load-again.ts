/** Starts a run that loads again what another has loaded, and follows it. */
import { SFNClient } from '@aws-sdk/client-sfn';
import { type Connection, deployed, pipelineNamed } from '../operate/connection';
import { UserError } from '../operate/errors';
import type { FollowedRun } from '../operate/follow';
import { manyFilesOf, type RunRow, titleOfRun } from '../operate/ledger';
import { startRun } from '../operate/start-run';
import { followRun } from './follow-run';
import { printOutcome } from './outcome';
import { printer, type VerbOptions } from './printer';

export interface AgainOptions extends VerbOptions {
  /** false: return when it has started */
  readonly wait: boolean;
}

/** Follows it unless told otherwise. Undefined: it was not waited for. @throws {UserError} when the run had nothing to do, with the reason */
export async function loadAgain(
  connection: Connection,
  run: RunRow,
  input: object,
  options: AgainOptions,
): Promise<FollowedRun | undefined> {
  const { pipeline, interval } = run;
  const at = pipelineNamed(await deployed(connection), pipeline);
  const stepFunctions = new SFNClient(connection.client);
  const { executionArn } = (await startRun(stepFunctions, at, input, () => interval)).wanted;
  const key = titleOfRun(run);
  if (!options.wait) {
    const runId = executionArn.split(':').at(-1)!;
    printer(options).print({ pipeline, runId, executionArn, of: run.runId, interval: interval ?? null }, () => [
      `Started ${key}. Follow it: npx stepwell show ${runId.slice(0, 8)}`,
    ]);
    return undefined;
  }
  const followed = await followRun(pipeline, stepFunctions, { key, executionArn }, options);
  const { output } = followed.progress;
  if (output?.outcome !== undefined) throw new UserError(`Nothing was done: ${output.reason ?? output.outcome}`);
  printOutcome(pipeline, [followed], options, interval, undefined, manyFilesOf(run));
  return followed;
}
