import { dryRunLines, leftOutLines } from '../../../lib/cli/backfill/told';
import { triggerIn } from '../../../lib/operate/backfill/deployed-trigger';
import { type Load, planLoads, runName, runsOf, type State } from '../../../lib/operate/backfill/plan';

const interval = (day: number) => ({
  start: `2026-01-0${day}T00:00:00.000Z`,
  end: `2026-01-0${day + 1}T00:00:00.000Z`,
});
const load = (day: number, state: State): Load => ({
  title: `2026-01-0${day}`,
  input: { interval: interval(day) },
  state,
  ...(state === 'missing' ? {} : { runId: `run-of-day-${day}` }),
});
const loads = [load(1, 'loaded'), load(2, 'failed'), load(3, 'running'), load(4, 'missing'), load(5, 'partial')];

test.each([
  ['none', ['2026-01-02', '2026-01-04']],
  ['failed', ['2026-01-02', '2026-01-05']],
  ['all', ['2026-01-01', '2026-01-02', '2026-01-04', '2026-01-05']],
] as const)('--reprocess %s', (reprocess, expected) => {
  const planned = planLoads(loads, reprocess, 'oldest');

  expect(planned.flatMap(({ title, runs }) => (runs ? [title] : []))).toEqual(expected);
});

test('only what is loaded is to take the place of what is there', () => {
  const runs = runsOf('0a1b2c3d', planLoads(loads, 'all', 'newest'));

  expect(runs.map(({ input }) => input)).toEqual([
    { interval: interval(5), reprocess: true },
    { interval: interval(4) },
    { interval: interval(2) },
    { interval: interval(1), reprocess: true },
  ]);
});

test('a run has the same name each time, another in each backfill, and Step Functions accepts it', () => {
  const names = [1, 2, 3].flatMap((day) => [
    runName('0a1b2c3d', { interval: interval(day) }),
    runName('ffffffff', { interval: interval(day) }),
  ]);

  expect(new Set(names).size).toBe(6);
  expect(new Set(names.map((name) => name.slice(0, 8))).size).toBe(6);
  expect(runName('0a1b2c3d', { interval: interval(1) })).toBe(names[0]);
  for (const name of names) expect(name).toMatch(/^[0-9a-f]{16}-backfill-[0-9a-f]{8}$/);
});

test('a dry run says of each what it is now and what would be done', () => {
  process.env.NO_COLOR = '1';
  const lines = dryRunLines(planLoads(loads, 'none', 'oldest'), { reprocess: 'none', maxActive: 4 });

  expect(lines).toEqual([
    'What        Now                      Backfill',
    '2026-01-01  loaded (run-of-d)        –',
    '2026-01-02  failed (run-of-d)        loads it',
    '2026-01-03  being loaded (run-of-d)  –',
    '2026-01-04  not loaded               loads it',
    '2026-01-05  partial (run-of-d)       –',
    '1 loaded already: left alone (--reprocess all loads again).',
    '1 loaded without some partitions: left alone (--reprocess failed loads it again).',
    '2026-01-03 is being loaded by run run-of-d: left alone.',
    '2 runs would be started, 2 at a time.',
  ]);
  expect(leftOutLines(planLoads(loads, 'failed', 'oldest'), 'failed')).toContain(
    '1 never loaded: left alone (--reprocess none loads what is missing).',
  );
});

test('what starts a pipeline is read from what is deployed', () => {
  const deployed = (payload: object, more: object = {}) =>
    triggerIn({ States: { Admit: { Arguments: { Payload: payload } }, ...more } });
  const schedule = { cron: '0 1 * * *', timezone: 'UTC' };
  const sources = [{ name: 'a', files: [{ glob: 'a/*.csv' }, { glob: 'a/*.json' }] }];
  const sink = (write: object) => ({
    Load: { Branches: [{ States: { L: { Arguments: { Payload: { sink: { write } } } } } }] },
  });

  expect(deployed({ schedule })).toEqual({ kind: 'cron', schedule });
  expect(deployed({ upstream: 'orders' })).toEqual({ kind: 'after', upstream: 'orders' });
  expect(deployed({ sources }, sink({ mode: 'merge', keys: ['id'] }))).toEqual({
    kind: 's3Arrival',
    globs: ['a/*.csv', 'a/*.json'],
    replacesTable: false,
  });
  expect(deployed({ sources }, sink({ mode: 'replace' }))).toMatchObject({ replacesTable: true });
});
