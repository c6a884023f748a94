/** The cost of one run, as `show` tells it. */
import { pricesOf } from '../../cost/prices';
import { type Connection, type Deployed, pipelineNamed, regionOf } from '../connection';
import { sentenceFor } from '../errors';
import type { RunRow } from '../ledger';
import { dollars } from './dollars';
import { type Reckoning, reckon, templateOf } from './reckon';
import { timeOf } from './time-of';

export type CostOfRun = Pick<Reckoning, 'usd' | 'lines'>;

/** Undefined where it cannot be told, as nobody has the right to read what it takes: all else of the run is shown. */
export async function costOfRun(connection: Connection, stacks: Deployed, run: RunRow): Promise<CostOfRun | undefined> {
  try {
    const { usd, lines } = await reckon({
      connection,
      stacks,
      pipeline: pipelineNamed(stacks, run.pipeline),
      prices: pricesOf(regionOf(connection)),
      foundation: stacks.stackName === undefined ? {} : await templateOf(connection, stacks.stackName),
      ...timeOf(run, new Date()),
      runId: run.runId,
    });
    return { usd, lines };
  } catch (error) {
    // What nobody expects is a bug, and is told as one.
    if (sentenceFor(error) === undefined) throw error;
    return undefined;
  }
}

export const costText = ({ usd }: CostOfRun, { pipeline, runId }: RunRow): string =>
  `about ${dollars(usd)}: npx stepwell cost ${pipeline} --run ${runId.slice(0, 8)}`;
