/** How much of a run's state a partition takes: what it says is measured on what tasks answer. */
import { manifestKey } from '../../lambdas/shared/manifest';
import type { Staged } from '../../lib/tasks/common';
import { STATE_BYTES, stagedBytes } from '../../lib/tasks/state-room';

const ATTEMPT = '7b4ff1a6-0c0b-4a6e-9b0e-5a8f6a1d2c3e';

/** As it stands in the result of a Map: what the invocations of the partition staged, and a comma. */
const measured = (pipeline: string, runId: string, source: string, id: string, count: number): number => {
  const run = { pipeline, runId } as Parameters<typeof manifestKey>[0];
  const manifest = { key: manifestKey(run, source, id, ATTEMPT), etag: '0'.repeat(32), length: 100_000 };
  const staged: Staged = { manifest, rows: count, bytes: 99 * count, rejected: count };
  return `${JSON.stringify([staged])},`.length;
};

test('no partition takes more than is counted for it, whatever its names are and however many rows it has', () => {
  for (const [pipeline, source, id] of [
    ['a', 'b', 'c'],
    ['weather', 'observations', 'berlin'],
    ['p'.repeat(32), 's'.repeat(63), 'i'.repeat(100)],
  ] as const) {
    const counted = stagedBytes(pipeline, source, id);

    expect(measured(pipeline, 'r'.repeat(80), source, id, 9_999_999_999)).toBe(counted);
    // one that a schedule starts
    expect(measured(pipeline, 'r'.repeat(36), source, id, 1000)).toBeLessThan(counted);
  }
});

test('with usual names there is room for some 790 of them, and for 500 with the longest', () => {
  expect(Math.floor(STATE_BYTES / stagedBytes('weather', 'observations', 'berlin'))).toBe(792);
  expect(Math.floor(STATE_BYTES / stagedBytes('p'.repeat(32), 's'.repeat(63), 'i'.repeat(100)))).toBe(512);
});
