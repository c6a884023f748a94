import { type ClaimAnswer, claimObject } from '../../../lambdas/admit/claim-object';
import { type ClaimItem, markClaims } from '../../../lambdas/shared/claim-item';
import { getItem, ledgerKeys } from '../../../lambdas/shared/ledger';
import type { ObjectVersion } from '../../../lib/tasks/common';
import { type LambdaCloud, startLambdaCloud } from '../cloud';

let cloud: LambdaCloud;
let keys = 0;
let failed: Set<string>;

beforeAll(async () => {
  cloud = await startLambdaCloud();
});
afterAll(() => cloud.close());
beforeEach(() => {
  keys += 1;
  failed = new Set();
});

/** A version of the test's own object: content, and its place in the order of arrival. */
function version(content: string, order: number, more: Partial<ObjectVersion> = {}): ObjectVersion {
  return {
    bucket: 'landing',
    key: `orders/${keys}.csv`,
    versionId: `v${order}`,
    etag: content,
    size: 10,
    lastModified: `2026-01-05T08:00:0${order}.000Z`,
    sequencer: `A${order}`,
    ...more,
  };
}

function claim(run: string, object: ObjectVersion, reprocess = false): Promise<ClaimAnswer> {
  return claimObject(
    { pipeline: 'orders', execution: { arn: `arn:${run}`, name: run }, object, reprocess },
    {
      ledger: cloud.ledger,
      now: Date.now,
      ownerFailed: async ({ runId }) => failed.has(runId),
      mayHavePublished: async () => true,
    },
  );
}

const outcome = (answer: ClaimAnswer) => ('claim' in answer ? answer.claim.contentId : 'duplicate');
const item = () => getItem<ClaimItem>(cloud.ledger, ledgerKeys.claim('orders', 'landing', `orders/${keys}.csv`));
const finish = (run: string, object: ObjectVersion, status: 'loaded' | 'failed') =>
  markClaims(cloud.ledger, 'orders', `arn:${run}`, [object], status);

test('a first content is claimed, a second delivery of it is a duplicate that names its run', async () => {
  expect(outcome(await claim('r1', version('A', 1)))).toBe('v1');

  const second = await claim('r2', version('A', 1));

  expect(second).toEqual({
    duplicate: `The content of s3://landing/orders/${keys}.csv is being loaded by run r1; start with "reprocess": true to load it again.`,
  });
});

test('the retry of an Admit whose answer was lost finds the claim its own', async () => {
  const first = await claim('r1', version('A', 1));

  expect(await claim('r1', version('A', 1))).toEqual(first);
});

test('a copy of the same content under a new version is a duplicate', async () => {
  await claim('r1', version('A', 1));
  await finish('r1', version('A', 1), 'loaded');

  expect(outcome(await claim('r2', version('A', 2)))).toBe('duplicate');
});

test('A, then B, then A again are three loads', async () => {
  expect(outcome(await claim('r1', version('A', 1)))).toBe('v1');
  expect(outcome(await claim('r2', version('B', 2)))).toBe('v2');
  expect(outcome(await claim('r3', version('A', 3)))).toBe('v3');
});

test('what a failed run has claimed is taken over, and keeps its name in the load key and its place in the order', async () => {
  const first = await claim('r1', version('A', 1));
  await finish('r1', version('A', 1), 'failed');

  const second = await claim('r2', version('A', 2));

  expect(second).toMatchObject({ claim: { contentId: 'v1', owner: 'arn:r2', versionId: 'v2', status: 'claimed' } });
  expect(first).toMatchObject({ claim: { arrival: (second as { claim: { arrival: string } }).claim.arrival } });
});

test('the claim of an owner that failed without telling is taken over as well', async () => {
  await claim('r1', version('A', 1));
  failed.add('r1');

  expect(outcome(await claim('r2', version('A', 1)))).toBe('v1');
  expect(outcome(await claim('r3', version('A', 1)))).toBe('duplicate');
});

test('a redriven owner that finishes after a takeover does not mark what is no longer its own', async () => {
  await claim('r1', version('A', 1));
  await finish('r1', version('A', 1), 'failed');
  await claim('r2', version('A', 1));

  await finish('r1', version('A', 1), 'loaded');

  expect(await item()).toMatchObject({ owner: 'arn:r2', status: 'claimed' });
});

test('an older version that arrives late is loaded, with its own arrival, and the newer claim stays the latest', async () => {
  await claim('r2', version('B', 2));

  const late = await claim('r1', version('A', 1));
  const again = await claim('r3', version('A', 1));

  expect(late).toMatchObject({ claim: { contentId: 'v1', arrival: expect.stringMatching(/A1$/) } });
  expect(outcome(again)).toBe('duplicate');
  expect(await item()).toMatchObject({ versionId: 'v2', earlier: [{ versionId: 'v1', owner: 'arn:r1' }] });
});

test('a late duplicate of what a newer version has replaced is a duplicate, and can be taken over if it failed', async () => {
  await claim('r1', version('A', 1));
  await claim('r2', version('B', 2));

  expect(outcome(await claim('r3', version('A', 1)))).toBe('duplicate');
  failed.add('r1');
  expect(outcome(await claim('r4', version('A', 1)))).toBe('v1');
  expect(await item()).toMatchObject({ versionId: 'v2', owner: 'arn:r2' });
});

test('a content between two deliveries of another one, told last, is loaded as the older one', async () => {
  // The truth is A, B, A; the events come as A, A, B. The second A looks like a duplicate of the first.
  const first = (await claim('r1', version('A', 1))) as { claim: { arrival: string } };
  expect(outcome(await claim('r2', version('A', 3)))).toBe('duplicate');

  const between = (await claim('r3', version('B', 2))) as { claim: { arrival: string } };

  expect(between).toMatchObject({ claim: { contentId: 'v2' } });
  expect(between.claim.arrival < first.claim.arrival).toBe(true);
});

test('A, B, A of which the first is told last are three loads, and a duplicate of it is none', async () => {
  expect(outcome(await claim('r2', version('B', 2)))).toBe('v2');
  expect(outcome(await claim('r3', version('A', 3)))).toBe('v3');

  const first = await claim('r1', version('A', 1));

  expect(first).toMatchObject({ claim: { contentId: 'v1', arrival: expect.stringMatching(/A1$/) } });
  expect(outcome(await claim('r4', version('A', 1)))).toBe('duplicate');
  expect(await item()).toMatchObject({ versionId: 'v3', owner: 'arn:r3' });
});

test('a newer version of the same second that has no sequencer arrives later than the one before it', async () => {
  const second = { lastModified: '2026-01-05T08:00:00.000Z' };
  const first = (await claim('r1', version('A', 1, second))) as { claim: { arrival: string } };

  const next = (await claim('r2', version('B', 2, { ...second, sequencer: undefined }))) as typeof first;

  expect(next.claim.arrival > first.claim.arrival).toBe(true);
});

test('versions without a name of their own are not taken for one another', async () => {
  const none = { versionId: 'null' };
  await claim('r1', version('A', 1, none));
  await claim('r2', version('B', 2, none));

  expect(outcome(await claim('r3', version('C', 1, none)))).toBe('C@2026-01-05T08:00:01.000Z');
});

test('reprocessing claims what is loaded, and what is being loaded', async () => {
  await claim('r1', version('A', 1));
  expect(outcome(await claim('r2', version('A', 1), true))).toBe('v1');
  await finish('r2', version('A', 1), 'loaded');
  expect(outcome(await claim('r3', version('A', 1), true))).toBe('v1');
  expect(outcome(await claim('r4', version('A', 1)))).toBe('duplicate');
});

test('without versions a content is named by its ETag and time, so that A, B, A are three loads there, too', async () => {
  const bare = { versionId: undefined, sequencer: undefined };

  const names = [
    outcome(await claim('r1', version('A', 1, bare))),
    outcome(await claim('r2', version('B', 2, bare))),
    outcome(await claim('r3', version('A', 3, bare))),
  ];

  expect(names).toEqual(['A@2026-01-05T08:00:01.000Z', 'B@2026-01-05T08:00:02.000Z', 'A@2026-01-05T08:00:03.000Z']);
});

test('of twenty runs that are told of one content at once, one has it', async () => {
  const answers = await Promise.all(Array.from({ length: 20 }, (_, n) => claim(`r${n}`, version('A', 1))));

  expect(answers.map(outcome).sort()).toEqual([...Array(19).fill('duplicate'), 'v1']);
});

test('of twenty runs that want to take over from a failed one at once, one does', async () => {
  await claim('r', version('A', 1));
  await finish('r', version('A', 1), 'failed');

  const answers = await Promise.all(Array.from({ length: 20 }, (_, n) => claim(`t${n}`, version('A', 1))));

  expect(answers.filter((answer) => 'claim' in answer)).toHaveLength(1);
});

test('twenty versions claimed at once, in any order, are all loaded once and the newest is the latest', async () => {
  const versions = Array.from({ length: 9 }, (_, n) => version(`content ${n}`, n + 1)).reverse();

  const answers = await Promise.all(versions.map((one, n) => claim(`r${n}`, one)));

  expect(answers.map(outcome).sort()).toEqual(versions.map((one) => one.versionId).sort());
  expect(await item()).toMatchObject({ versionId: 'v9' });
});
