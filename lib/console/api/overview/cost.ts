/** What each pipeline has cost since midnight. Its logs are read for it: only when a run has ended since. */

import { pricesOf } from '../../../cost/prices';
import { regionOf } from '../../../operate/connection';
import { reckon, templateOf } from '../../../operate/cost/reckon';
import type { Context } from '../../server/route';
import type { CostToday, Overview } from '../../types/overview';

const TEMPLATE_MS = 600_000;
/** What ends late in the logs comes in with the next run, or then. */
const KEPT_MS = { local: 120_000, account: 3_600_000 } as const;

export async function costToday(context: Context, overview: Overview, now: Date = new Date()): Promise<CostToday> {
  const { connection, cached } = context;
  const stacks = await context.stacks();
  const from = new Date(now.getFullYear(), now.getMonth(), now.getDate());
  const costs: Record<string, number> = {};
  // One after the other: the logs of an account are read slowly.
  for (const { name, runs, today } of overview.pipelines) {
    const pipeline = stacks.pipelines.find((one) => one.name === name);
    if (pipeline === undefined || today.runs === 0) continue;
    const ended = runs
      .map(({ endedAt = '' }) => endedAt)
      .sort()
      .at(-1);
    costs[name] = await cached(
      `cost ${name} ${from.toISOString()} ${ended}`,
      KEPT_MS[connection.target.kind],
      async () => {
        const foundation = await cached('foundation', TEMPLATE_MS, async () =>
          stacks.stackName === undefined ? {} : templateOf(connection, stacks.stackName),
        );
        const { usd } = await reckon({
          connection,
          stacks,
          pipeline,
          prices: pricesOf(regionOf(connection)),
          foundation,
          from,
          to: now,
        });
        return usd;
      },
    );
  }
  return costs;
}
