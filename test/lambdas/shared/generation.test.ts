/** Who has loaded a load last, whatever the order in which its runs are admitted and come to their end. */
import * as fc from 'fast-check';
import { generationOf, loadOf, markLoaded } from '../../../lambdas/shared/generation';
import type { Run } from '../../../lib/tasks/common';
import { type LambdaCloud, startLambdaCloud } from '../cloud';

let cloud: LambdaCloud;
let loads = 0;
beforeAll(async () => {
  cloud = await startLambdaCloud();
});
afterAll(() => cloud.close());

const runOf = (loadId: string, index: number, generation: number): Run => ({
  pipeline: 'p',
  runId: `run-${index}`,
  executionArn: `arn-${index}`,
  startedAt: '2026-01-01T00:00:00.000Z',
  loadKey: `p:${loadId}`,
  loadId,
  generation,
  arrival: '2026-01-01T00:00:00.000Z#0',
});

/** Each run is admitted, maybe twice, and later ends, maybe twice, or never. */
const steps = fc.array(fc.record({ run: fc.nat(4), what: fc.constantFrom('admit', 'end') }), { maxLength: 24 });

test('each run keeps the generation that it was given, later ones get higher ones, and the highest that has ended counts', async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (all) => {
      const loadId = `load-${++loads}`;
      const given = new Map<number, number>();
      let highest: { runId: string; generation: number } | undefined;
      for (const { run, what } of all) {
        if (what === 'admit') {
          // Run 0 is the first one, and no reprocessing. An Admit is repeated only until its run has gone on, so before the next one's.
          if (given.has(run) && given.get(run) !== Math.max(...given.values())) continue;
          const load = { pipeline: 'p', loadId, execution: `arn-${run}`, reprocess: run > 0 };
          if (run === 0 && given.size > 0) continue;
          const { generation } = await generationOf(cloud.ledger, load);
          if (given.has(run)) expect(generation).toBe(given.get(run));
          else if (run > 0) expect(generation).toBeGreaterThan(Math.max(0, ...given.values()));
          given.set(run, generation);
        } else if (given.has(run)) {
          const generation = given.get(run)!;
          await markLoaded(cloud.ledger, runOf(loadId, run, generation));
          if (highest === undefined || generation >= highest.generation) highest = { runId: `run-${run}`, generation };
        }
      }
      expect((await loadOf(cloud.ledger, 'p', loadId))?.loaded).toEqual(highest);
    }),
    { numRuns: 40 },
  );
});

test('runs that are admitted at once get generations of their own', async () => {
  const generations = await Promise.all(
    [1, 2, 3, 4, 5].map((run) =>
      generationOf(cloud.ledger, { pipeline: 'p', loadId: 'at-once', execution: `arn-${run}`, reprocess: true }),
    ),
  );
  expect(generations.map(({ generation }) => generation).sort()).toEqual([1, 2, 3, 4, 5]);
});

describe('a load that is started over where it may have been published in part', () => {
  let loadId: string;
  const raise = (run: number, how: { reprocess?: boolean; replaces?: boolean; yields?: boolean }) =>
    generationOf(cloud.ledger, { pipeline: 'p', loadId, execution: `arn-${run}`, reprocess: false, ...how });
  beforeEach(() => {
    loadId = `over-${++loads}`;
  });

  test('takes the place of that, and gives way to later loads', async () => {
    expect(await raise(0, {})).toEqual({ generation: 0 });
    expect(await raise(1, { replaces: true })).toEqual({ generation: 1, yields: true });
    expect(await raise(1, { replaces: true })).toEqual({ generation: 1, yields: true });
    expect(await raise(2, { replaces: true })).toEqual({ generation: 2, yields: true });
    // The one before had published nothing.
    expect(await raise(3, {})).toEqual({ generation: 2, yields: true });
    expect(await raise(4, { reprocess: true })).toEqual({ generation: 3 });
  });

  test('turns a table back if the run that failed was to do that', async () => {
    expect(await raise(1, { reprocess: true })).toEqual({ generation: 1 });
    expect(await raise(2, { replaces: true })).toEqual({ generation: 2 });
    expect(await raise(3, { reprocess: true, yields: true })).toEqual({ generation: 3, yields: true });
    expect(await raise(4, {})).toEqual({ generation: 3, yields: true });
  });
});
