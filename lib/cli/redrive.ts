/** A failed run goes on at the step that failed. */
import { SFNClient } from '@aws-sdk/client-sfn';
import { findRun, manyFilesOf, titleOfRun } from '../operate/ledger';
import { planRedrive, redriveRun } from '../operate/redrive';
import { newRunLines } from '../operate/remedy';
import { connect } from './connect';
import { followRun } from './follow-run';
import { printOutcome } from './outcome';
import { printer, type VerbOptions } from './printer';
import { yellow } from './terminal';

export async function redrive(
  pipeline: string,
  wanted: string,
  options: VerbOptions & { readonly wait: boolean },
): Promise<void> {
  const connection = await connect(options);
  const run = await findRun(connection, wanted, pipeline);
  const { executionArn, runId } = run;
  const plan = await planRedrive(connection, run);
  const { definitionChanged } = plan;
  if (definitionChanged)
    console.error(
      yellow(
        [
          `The state machine of ${pipeline} has been deployed anew since this run began. The run goes on by the definition that it began with,`,
          'with the functions as they are now. To load by the new definition, start a new run:',
          ...newRunLines(pipeline, run.interval, run.after, manyFilesOf(run)).slice(-1),
        ].join('\n'),
      ),
    );
  await redriveRun(connection, run, plan);
  if (!options.wait) {
    printer(options).print({ pipeline, runId, executionArn, redriven: true, definitionChanged }, () => [
      `Redriven. Follow it: npx stepwell show ${runId.slice(0, 8)}`,
    ]);
    return;
  }
  const sfn = new SFNClient(connection.client);
  const followed = await followRun(pipeline, sfn, { key: titleOfRun(run), executionArn }, options);
  printOutcome(pipeline, [followed], options, run.interval, undefined, manyFilesOf(run));
}
