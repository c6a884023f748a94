import { overtakes, readVersion, type Version, versionText } from '../../../../lambdas/shared/keyspaces/version';
import type { ColumnType, WriteMode } from '../../../../lib/tasks/common';

const merge: WriteMode = { mode: 'merge', keys: ['id'], newestBy: 'v' };
const version = (newest: string | null, arrival: string, load = arrival, generation = 0): Version => ({
  newest,
  arrival,
  load,
  generation,
});
const newer = (a: string | null, b: string | null, type: ColumnType['type']) =>
  overtakes(version(a, '1'), version(b, '2'), merge, { type } as ColumnType);

test.each([
  ['bigint', '9007199254740993', '9007199254740992'],
  ['bigint', '10', '9'],
  ['bigint', '-9', '-10'],
  ['decimal', '1.5', '1.49'],
  ['decimal', '-0.1', '-0.2'],
  ['decimal', '0.01', '-0.02'],
  ['double', '1e10', '9'],
  ['text', 'é', 'z'],
  ['date', '2026-01-02', '2026-01-01'],
  ['timestamp', '2026-01-01T00:00:00.000002Z', '2026-01-01T00:00:00.000001Z'],
] as const)('of %s, %s is newer than %s', (type, later, earlier) => {
  expect([newer(later, earlier, type), newer(earlier, later, type)]).toEqual([true, false]);
});

test('what is equal goes by its arrival, however it is written, and nothing is the oldest', () => {
  expect([newer('1.50', '1.5', 'decimal'), newer(null, '0', 'bigint'), newer('0', null, 'bigint')]).toEqual([
    false,
    false,
    true,
  ]);
  expect(overtakes(version(null, '2'), version(null, '1'), merge, { type: 'bigint' })).toBe(true);
});

test('a later generation of the same load overtakes whatever it says, and is not overtaken by the one before', () => {
  const first = version('9', '1', 'load', 0);
  const second = version('1', '1', 'load', 1);
  expect([
    overtakes(second, first, merge, { type: 'bigint' }),
    overtakes(first, second, merge, { type: 'bigint' }),
  ]).toEqual([true, false]);
});

test('a version is read as it was written', () => {
  const one = version('"quoted",', 'a', 'b', 3);
  expect(readVersion(versionText(one))).toEqual(one);
});
