import { type DeliverServices, deliver, sendWaiting } from '../../../lambdas/lineage/deliver';
import { type Batch, batchOf, type Store } from '../../../lambdas/lineage/keep';
import type { RunEvent } from '../../../lambdas/lineage/run-event';
import { detailOf } from './told';

const event = (name: string, eventTime = '2026-01-05T08:01:00.000Z') =>
  ({ eventType: 'COMPLETE', eventTime, job: { namespace: 'n', name, facets: {} } }) as unknown as RunEvent;
const batch = (name: string, ...jobs: string[]): Batch => ({
  name: `${name}.ndjson`,
  date: '2026-01-05',
  events: jobs.map((job) => event(job)),
});

/** A store in memory, and a server that answers by the name of an event's job. */
function world(statusOf: (job: string) => number = () => 201) {
  const kept: string[] = [];
  const refused: string[] = [];
  const waiting = new Map<string, readonly RunEvent[]>();
  const taken: string[] = [];
  const problems: string[] = [];
  const store: Store = {
    keep: async ({ name }) => {
      kept.push(name);
      return name;
    },
    keepUndelivered: async ({ name, events }) => void waiting.set(name, events),
    keepRefused: async ({ name }) => {
      refused.push(name);
      return name;
    },
    undelivered: async () => ({ names: [...waiting.keys()].sort().slice(0, 2), more: waiting.size > 2 }),
    readUndelivered: async (name) => waiting.get(name),
    removeUndelivered: async (name) => void waiting.delete(name),
  };
  const state = { statusOf, remaining: 100_000 };
  jest.spyOn(globalThis, 'fetch').mockImplementation(async (_url, init) => {
    const { job } = JSON.parse(String(init?.body)) as RunEvent;
    const status = state.statusOf(job.name);
    if (status === 201) taken.push(job.name);
    return new Response('', { status });
  });
  const services: DeliverServices & { server: { url: string } } = {
    store,
    server: { url: 'http://127.0.0.1:1' },
    post: { pause: async () => {} },
    undelivered: (problem) => problems.push(problem),
    refused: (problem) => problems.push(problem),
    remainingMs: () => state.remaining,
  };
  return { services, kept, refused, waiting, taken, problems, state };
}
afterEach(() => jest.restoreAllMocks());

test('without a server events are kept in the bucket alone', async () => {
  const { services, kept, taken } = world();

  expect(await deliver(batch('1', 'a'), { ...services, server: undefined })).toBe('kept');
  expect([kept, taken]).toEqual([['1.ndjson'], []]);
});

test('what waits goes first, and all goes in order', async () => {
  const { services, waiting, taken, state } = world(() => 503);
  for (const name of ['1', '2', '3']) await deliver(batch(name, `job-${name}`), services);
  expect([...waiting.keys()]).toEqual(['1.ndjson', '2.ndjson', '3.ndjson']);

  state.statusOf = () => 201;
  expect(await deliver(batch('4', 'job-4'), services)).toBe('sent');
  expect(taken).toEqual(['job-1', 'job-2', 'job-3', 'job-4']);
  expect(waiting.size).toBe(0);
});

test('of a batch that was taken in part only the rest waits', async () => {
  const { services, waiting, taken, state } = world((job) => (job === 'b' ? 500 : 201));

  expect(await deliver(batch('1', 'a', 'b', 'c'), services)).toBe('undelivered');
  expect(waiting.get('1.ndjson')?.map(({ job }) => job.name)).toEqual(['b', 'c']);
  state.statusOf = () => 201;
  expect(await sendWaiting(services)).toEqual({ sent: 1, left: 0 });
  expect(taken).toEqual(['a', 'b', 'c']);
});

test('an event that is refused is put aside, and does not keep back the others', async () => {
  const { services, refused, taken, waiting, problems } = world((job) => (job === 'b' ? 422 : 201));

  expect(await deliver(batch('1', 'a', 'b', 'c'), services)).toBe('sent');
  expect(taken).toEqual(['a', 'c']);
  expect(refused).toEqual(['1-1.ndjson']);
  expect(waiting.size).toBe(0);
  expect(problems).toEqual([expect.stringContaining('answers 422')]);
});

test('when the time is over, what is left waits for another invocation', async () => {
  const { services, state, taken } = world(() => 500);
  for (const name of ['1', '2', '3']) await deliver(batch(name, `job-${name}`), services);
  state.statusOf = (job) => {
    if (job === 'job-2') state.remaining = 1000;
    return 201;
  };

  expect(await sendWaiting(services)).toMatchObject({ sent: 2, left: 1, problem: 'There was no time for more.' });
  expect(taken).toEqual(['job-1', 'job-2']);
});

test('the same state of a run has one name, which sorts by time', () => {
  const one = batchOf(detailOf('orders', 'SUCCEEDED'), [event('a'), event('b', '2026-01-05T23:59:59.123Z')]);

  expect(one).toMatchObject({ name: '20260105T235959123Z-run-1-0-succeeded.ndjson', date: '2026-01-05' });
  expect(batchOf(detailOf('orders', 'RUNNING', { redriveCount: 2 }), [event('a')]).name).toBe(
    '20260105T080100000Z-run-1-2-running.ndjson',
  );
});
