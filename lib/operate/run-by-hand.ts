/** A run that a person starts: of the latest interval that is over, of one that is named, or for a run of the pipeline before. */
import { SFNClient } from '@aws-sdk/client-sfn';
import { intervalAt } from '../tasks/fires';
import type { Interval, Schedule } from '../tasks/schedule';
import type { Connection, DeployedPipeline } from './connection';
import { startRun } from './start-run';

export interface ByHand {
  /** of the pipeline's runs; absent where none starts them */
  readonly schedule?: Schedule | undefined;
  /** the latest that is over unless told */
  readonly interval?: Interval | undefined;
  /** id of a run of the pipeline before */
  readonly after?: string | undefined;
  /** load again what has been loaded, in its place */
  readonly reprocess?: boolean;
}

export interface StartedByHand {
  readonly runId: string;
  readonly executionArn: string;
  /** what it is called beside other runs */
  readonly key: string;
  readonly interval?: Interval;
}

export async function startByHand(
  { client }: Pick<Connection, 'client'>,
  at: DeployedPipeline,
  { schedule, interval: given, after, reprocess = false }: ByHand,
): Promise<StartedByHand> {
  const input = {
    ...(given ? { interval: given } : {}),
    ...(after === undefined ? {} : { after: { runId: after } }),
    ...(reprocess ? { reprocess: true } : {}),
  };
  const { interval, wanted } = await startRun(
    new SFNClient(client),
    at,
    input,
    (startedAt) => given ?? (schedule && intervalAt(schedule, startedAt)),
  );
  return { ...wanted, runId: wanted.executionArn.split(':').at(-1)!, ...(interval ? { interval } : {}) };
}
