/** Batches of a shard: each record is done or given up once, in their order, whatever fails. */
import fc from 'fast-check';
import { type Lane, runBatch } from '../../../lib/local/services/lambda/streams/lane';
import type { StreamEvent } from '../../../lib/local/services/lambda/streams/records';
import type { StreamSettings } from '../../../lib/local/services/lambda/streams/settings';

const record = (n: number, arrivedAt: number): StreamEvent => ({
  sequence: String(n).padStart(3, '0'),
  partitionKey: 'k',
  arrivedAt,
  json: '{}',
  bytes: 10,
});

test('a record is done, or given up, once, whatever fails and whatever the settings', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        count: fc.integer({ min: 1, max: 20 }),
        /** the records that never succeed */
        poison: fc.uniqueArray(fc.nat(19)),
        /** how often the function fails for no reason of its records */
        outages: fc.nat(3),
        bisects: fc.boolean(),
        reports: fc.boolean(),
        maxRetries: fc.integer({ min: 0, max: 3 }),
        old: fc.nat(5),
      }),
      async ({ count, poison, outages, bisects, reports, maxRetries, old }) => {
        const records = Array.from({ length: count }, (_, n) => record(n, n < old ? 0 : 1_000_000));
        const bad = new Set(poison.map((n) => String(n).padStart(3, '0')));
        const done: string[] = [];
        const givenUp: string[] = [];
        let last = '';
        let left = outages;
        const lane: Lane = {
          settings: { bisects, maxRetries, maxAgeSeconds: 60 } as StreamSettings,
          now: () => 1_000_000,
          sleep: async () => {},
          async invoke(batch) {
            if (left-- > 0) return { requestId: 'r', failure: 'Unhandled' };
            const failing = batch.find(({ sequence }) => bad.has(sequence));
            if (failing !== undefined && !reports) return { requestId: 'r', failure: 'Unhandled' };
            const good = failing === undefined ? batch : batch.slice(0, batch.indexOf(failing));
            done.push(...good.map(({ sequence }) => sequence));
            return { requestId: 'r', ...(failing === undefined ? {} : { failedFrom: failing.sequence }) };
          },
          async passed({ sequence }) {
            expect(sequence >= last).toBe(true);
            last = sequence;
          },
          async giveUp(batch) {
            givenUp.push(...batch.map(({ sequence }) => sequence));
          },
        };
        await runBatch(lane, records);
        expect(last).toBe(records.at(-1)!.sequence);
        expect([...done, ...givenUp].toSorted()).toEqual(records.map(({ sequence }) => sequence));
        expect(done).toEqual(done.toSorted());
        // Halving ends at the record that is to blame, if no outage was.
        if (bisects && outages === 0)
          expect(givenUp.every((sequence) => bad.has(sequence) || Number(sequence) < old)).toBe(true);
      },
    ),
    { numRuns: 300 },
  );
});
