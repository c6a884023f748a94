/** What each pipeline has cost since midnight. Its logs are read for it: only when a run has ended since. */

import { pricesOf } from '../../../cost/prices';
import { regionOf } from '../../../operate/connection';
import { reckon, templateOf } from '../../../operate/cost/reckon';
import type { Context } from '../../server/route';
import type { CostToday, Overview } from '../../types/overview';
import { settledWithin } from '../settled';

const TEMPLATE_MS = 600_000;
/** What ends late in the logs comes in with the next run, or then. */
const KEPT_MS = { local: 120_000, account: 3_600_000 } as const;

/** As far as it is known within `ms`. */
export async function costToday(
  context: Context,
  overview: Overview,
  ms: number,
  now = new Date(),
): Promise<CostToday> {
  const { connection, cached } = context;
  const stacks = await context.stacks();
  const from = new Date(now.getFullYear(), now.getMonth(), now.getDate());
  const reckoned = overview.pipelines.flatMap(({ name, runs, today }) => {
    const pipeline = stacks.pipelines.find((one) => one.name === name);
    if (pipeline === undefined || today.runs === 0) return [];
    const ended = runs
      .map(({ endedAt = '' }) => endedAt)
      .sort()
      .at(-1);
    const reckonIt = () =>
      cached(`cost ${name} ${from.toISOString()} ${ended}`, KEPT_MS[connection.target.kind], async () => {
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
      });
    return [{ name, reckonIt }];
  });
  // One after the other: the logs of an account are read slowly.
  let turn: Promise<unknown> = Promise.resolve();
  const answers = reckoned.map(({ reckonIt }) => {
    const answer = turn.then(reckonIt);
    turn = answer.catch(() => {});
    return answer;
  });
  const found = await settledWithin(answers, ms);
  const usd = Object.fromEntries(
    reckoned.flatMap(({ name }, index) => (found[index] === undefined ? [] : [[name, found[index]]])),
  );
  return { usd, isWhole: !found.includes(undefined) && overview.pipelines.every(({ isUnknown }) => !isUnknown) };
}
