import { after, cron, definePipeline, hours } from '../../lib/pipeline';
import { turnsOf } from '../../lib/pipeline/overlap';
import { mistakes, shop } from './definitions';

const scheduled = (overlap: unknown, options: object = {}) => {
  const { sources, ...rest } = shop();
  const orders = { ...sources.orders, files: [{ ...sources.orders.files[0], glob: 'orders/{yyyy}-{MM}-{dd}.csv' }] };
  return { ...rest, sources: { orders }, trigger: cron('0 1 * * *', options), overlap };
};

test.each([
  ['queue', { policy: 'queue', maxActive: 1 }],
  ['skip', { policy: 'skip', maxActive: 1 }],
  [{ policy: 'queue' }, { policy: 'queue', maxActive: 1 }],
  [
    { policy: 'skip', maxActive: 3 },
    { policy: 'skip', maxActive: 3 },
  ],
  ['allow', undefined],
  [{ policy: 'allow' }, undefined],
  [undefined, undefined],
])('overlap %j comes to turns %j', (overlap, turns) => {
  expect(turnsOf(definePipeline(scheduled(overlap)).overlap)).toEqual(turns);
});

const WHAT =
  "overlap is 'queue', 'skip' or 'allow'. Use e.g. overlap: 'queue', or overlap: { policy: 'queue', maxActive: 2 }.";
const COUNT = 'runs at once are counted in whole numbers from 1 to 100.';

test.each([
  ['wait', `overlap is 'wait': ${WHAT}`],
  [true, `overlap is true: ${WHAT}`],
  [1, `overlap is 1: ${WHAT}`],
  [['queue'], `overlap is ["queue"]: ${WHAT}`],
  [null, `overlap is null: ${WHAT}`],
  [{ policy: 'wait' }, `overlap.policy is 'wait': ${WHAT}`],
  [{ maxActive: 2 }, `overlap.policy is missing: ${WHAT}`],
  [{ policy: 'queue', maxActive: 0 }, `overlap.maxActive is 0: ${COUNT} Use e.g. maxActive: 1.`],
  [{ policy: 'queue', maxActive: 1.5 }, `overlap.maxActive is 1.5: ${COUNT} Use e.g. maxActive: 2.`],
  [{ policy: 'queue', maxActive: '2' }, `overlap.maxActive is '2': ${COUNT} Use e.g. maxActive: 2.`],
  [{ policy: 'queue', maxActive: 101 }, `overlap.maxActive is 101: ${COUNT} Lower it, or use overlap: 'allow'.`],
  [{ policy: 'queue', maxActiv: 2 }, "overlap.maxActiv is 2: there is no such option. Did you mean 'maxActive'?"],
  [
    { policy: 'allow', maxActive: 2 },
    "overlap.maxActive is 2: 'allow' lets any number of runs work at once. Use policy: 'queue', or leave it out.",
  ],
])('overlap %j is refused with what it may be', (overlap, told) => {
  expect(mistakes(scheduled(overlap))).toEqual([told]);
});

test('where a run that is skipped would leave something out for good, it is refused, with what does not', () => {
  const remedy = "Use overlap: 'queue': the run waits for its turn.";
  expect(mistakes({ ...shop(), overlap: 'skip' })).toEqual([
    `overlap is 'skip': a run that is skipped would not load its file, and nothing would start another for it. ${remedy}`,
  ]);
  expect(mistakes({ ...shop(), overlap: 'queue' })).toEqual([]);
  const follows = { ...scheduled({ policy: 'skip', maxActive: 2 }), trigger: after('orders') };
  expect(mistakes(follows)).toContain(
    `overlap is {"policy":"skip","maxActive":2}: a run that is skipped would leave out what 'orders' has published, and nothing would start another for it. ${remedy}`,
  );
});

test.each(['all', 'last', 'none'] as const)('a schedule may catch up %s', (catchUp) => {
  const { trigger } = definePipeline(scheduled('queue', { catchUp, timezone: 'Europe/Berlin' }));
  expect(trigger).toEqual({ kind: 'cron', cron: '0 1 * * *', timezone: 'Europe/Berlin', catchUp });
});

test.each([
  [true, 'true'],
  ['each', "'each'"],
  [hours(2), '7200 s'],
])('catchUp %j is refused with what it may be', (catchUp, shown) => {
  expect(mistakes(scheduled('queue', { catchUp }))).toEqual([
    `trigger.catchUp is ${shown}: catchUp is 'all', 'last' or 'none'. Use e.g. cron('0 1 * * *', { catchUp: 'all' }).`,
  ]);
});

test("Airflow's name of it is told", () => {
  expect(mistakes(scheduled('queue', { catchup: 'all' }))).toEqual([
    "trigger.catchup is 'all': there is no such option. Use catchUp: 'all'.",
  ]);
});

test('missed intervals that start together are not skipped', () => {
  expect(mistakes(scheduled('skip', { catchUp: 'all' }))).toEqual([
    "overlap is 'skip': runs for missed intervals start together, and all but one would be skipped. Use overlap: 'queue', or catchUp: 'last'.",
  ]);
  expect(mistakes(scheduled('skip', { catchUp: 'last' }))).toEqual([]);
});

test.each(['max_active_runs', 'maxActiveRuns', 'maxActive'])("another's name of it, %s, is told", (name) => {
  expect(mistakes({ ...shop(), [name]: 1 })).toEqual([
    `${name} is 1: there is no such option. Use overlap: { policy: 'queue', maxActive: 1 }.`,
  ]);
});
