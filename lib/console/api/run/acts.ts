/** What can be done with a run: said before it is done, in sentences; a refusal is one, too. */
import { SFNClient } from '@aws-sdk/client-sfn';
import { type Connection, pipelineNamed } from '../../../operate/connection';
import { isPartial, type RunRow } from '../../../operate/ledger';
import { planRedrive, redriveRun } from '../../../operate/redrive';
import { planRerun } from '../../../operate/rerun';
import { startRun } from '../../../operate/start-run';
import { stopRun } from '../../../operate/stop-run';
import type { Context } from '../../server/route';
import type { RunActs } from '../../types/run';
import type { ActPlan } from '../../types/shell';
import { planned } from '../planned';

export async function actsOf({ connection }: Pick<Context, 'connection'>, run: RunRow): Promise<RunActs> {
  const [redrive, rerun, missing] = await Promise.all([
    planned(() => redriveSentences(connection, run)),
    planned(async () => [(await planRerun(connection, run, false)).sentence, ...afterwards(run)]),
    isPartial(run)
      ? planned(async () => [(await planRerun(connection, run, true)).sentence, ...afterwards(run)])
      : undefined,
  ]);
  const stop: ActPlan =
    run.status === 'RUNNING'
      ? {
          sentences: [
            'The run ends where it is, as a failed one. What it has published stays in the tables; functions at work finish what they are at, and nobody waits for them.',
            'It can be redriven afterwards: it goes on with what it had not done.',
          ],
        }
      : { sentences: [], refusal: `The run ${run.runId} has ended: there is nothing to stop.` };
  return { redrive, stop, rerun, ...(missing ? { missing } : {}) };
}

const afterwards = ({ pipeline }: RunRow): string[] => [`It is a new run of ${pipeline}, with a page of its own.`];

async function redriveSentences(connection: Connection, run: RunRow): Promise<string[]> {
  const { definitionChanged } = await planRedrive(connection, run);
  return [
    'The run goes on where it failed: what it has done already is not done again, and each row is loaded once.',
    ...(definitionChanged
      ? [
          `The state machine of ${run.pipeline} has been deployed anew since this run began. It goes on by the definition that it began with, with the functions as they are now.`,
        ]
      : []),
  ];
}

/** @throws {Refused} */
export async function redrive({ connection }: Context, run: RunRow): Promise<void> {
  await redriveRun(connection, run, await planRedrive(connection, run));
}

/** The new run's id. @throws {Refused} */
export async function rerun(context: Context, run: RunRow, missingOnly: boolean): Promise<string> {
  const { connection, limits } = context;
  const { input } = await planRerun(connection, run, missingOnly);
  const at = pipelineNamed(await context.stacks(), run.pipeline);
  const started = await limits.start(() => startRun(new SFNClient(connection.client), at, input, () => run.interval));
  return started.wanted.executionArn.split(':').at(-1)!;
}

export const stop = ({ connection }: Context, run: RunRow): Promise<void> => stopRun(connection, run, 'the console');
