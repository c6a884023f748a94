/** Duplicates, reordered events, functions that die at any call and timers that are lost: each file is in one run all the same. */
import fc from 'fast-check';
import type { GatherPlan } from '../../../lib/tasks/gather';
import { created, type Death, gatheringInMemory, lookAgain } from './gathering';

const at = '2026-11-21T12:00:00Z';
const minutes = (n: number) => n * 60_000;
const patterns = ['in/{yyyy}-{MM}-{dd}/*'];

describe('whatever happens on the way', () => {
  const death = fc.record({ call: fc.nat(16), isAnswered: fc.boolean() });
  const step = fc.record({
    key: fc.nat(11),
    version: fc.nat(2),
    day: fc.nat(1),
    again: fc.nat(2),
    deaths: fc.array(death, { maxLength: 2 }),
    /** ms */
    later: fc.constantFrom(0, 0, 0, 1000, 61_000, 301_000),
    isAtOnce: fc.boolean(),
    isTimerLost: fc.boolean(),
  });
  const steps = fc.array(step, { minLength: 5, maxLength: 30 });
  const plans: readonly (readonly [string, GatherPlan])[] = [
    ['batches', { patterns, rule: { kind: 'batch', maxFiles: 5, windowSeconds: 300 } }],
    ['a number of files', { patterns, rule: { kind: 'files', count: 4 } }],
    ['a quiet time', { patterns, rule: { kind: 'quiet', seconds: 60 } }],
    ['markers', { patterns, rule: { kind: 'marker', globs: ['in/{yyyy}-{MM}-{dd}/ok'] } }],
  ];

  test.each(plans)('each file is in one run, with %s', async (_, plan) => {
    await fc.assert(
      fc.asyncProperty(steps, fc.array(fc.nat(4), { minLength: 7, maxLength: 31 }), async (taken, order) => {
        let turns = 0;
        const one = gatheringInMemory(plan, async () => {
          // Calls that are under way together overtake each other.
          for (let n = order[turns++ % order.length]!; n > 0; n--)
            await new Promise((resolve) => setImmediate(resolve));
        });
        /** the latest version of each key whose event has come */
        const latest = new Map<string, string>();
        let waiting: Promise<unknown>[] = [];
        const fired = new Set<string>();
        const fire = async (isLost: boolean) => {
          for (const timer of await one.timers()) {
            if (Date.parse(timer.at) > one.now || fired.has(JSON.stringify(timer))) continue;
            fired.add(JSON.stringify(timer));
            if (!isLost) await one.invoke({ timer });
          }
        };
        for (const { key, version, day, again, deaths, later, isAtOnce, isTimerLost } of taken) {
          const name = `in/2026-11-2${day}/${key}`;
          const event = created(name, { version: `v${version}`, at: Date.parse(at), sequencer: `00${version}` });
          latest.set(name, [latest.get(name) ?? '', `v${version}`].sort().at(-1)!);
          for (let n = 0; n <= again; n++) waiting.push(one.invoke(event, deaths as Death[]));
          if (isAtOnce) continue;
          await Promise.all(waiting);
          waiting = [];
          one.now += later;
          if (later > 0) await fire(isTimerLost);
        }
        await Promise.all(waiting);
        if (plan.rule.kind === 'marker') {
          for (const day of [0, 1])
            await one.invoke(created(`in/2026-11-2${day}/ok`, { version: 'ok', at: one.now }), [
              { call: 7, isAnswered: true },
            ]);
        }
        // The sweeper comes by; for a number of files, a person has to.
        for (let n = 0; n < 3; n++) {
          one.now += minutes(10);
          await one.invoke(lookAgain(undefined, n === 2 && plan.rule.kind === 'files'));
        }

        const loaded = (await one.runs()).flatMap(({ files }) =>
          files.map(({ key, versionId }) => `${key} ${versionId}`),
        );
        expect(loaded).toEqual([...new Set(loaded)]);
        for (const [key, version] of latest) expect(loaded).toContain(`${key} ${version}`);
        for (const { input, files } of await one.runs()) {
          if (plan.rule.kind === 'batch') expect(files.length).toBeLessThanOrEqual(plan.rule.maxFiles);
          if (plan.rule.kind === 'files' && input.gathered.by === 'files')
            expect(files.length).toBeGreaterThanOrEqual(plan.rule.count);
        }
      }),
      { numRuns: 30, endOnFailure: true },
    );
  });
});

test('ten thousand files at once make runs of at most so many, and none is forgotten', async () => {
  const FILES = 10_000;
  const plan: GatherPlan = { patterns: ['in/*'], rule: { kind: 'batch', maxFiles: 500, windowSeconds: 300 } };
  const one = gatheringInMemory(plan, () => Promise.resolve());
  const invoked = Array.from({ length: FILES }, (_, n) => n);
  // As many functions as Lambda may run at once.
  await Promise.all(
    Array.from({ length: 100 }, async () => {
      for (let n = invoked.pop(); n !== undefined; n = invoked.pop())
        await one.invoke(created(`in/${n}`, { version: 'v', at: Date.parse(at), sequencer: '01' }));
    }),
  );
  one.now += minutes(10);
  await one.invoke(lookAgain());
  const runs = await one.runs();
  const loaded = runs.flatMap(({ files }) => files.map(({ key }) => key));
  expect(loaded).toHaveLength(FILES);
  expect(new Set(loaded).size).toBe(FILES);
  expect(Math.max(...runs.map(({ files }) => files.length))).toBe(500);
  expect(runs.length).toBeLessThanOrEqual(2 * (FILES / 500) + 1);
});
