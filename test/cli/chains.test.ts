/** Which runs are followed after those that `npm start` has set going. */
import { followChain, runsAfter } from '../../lib/cli/chains';
import type { StartedRun } from '../../lib/cli/start-runs';
import { judge } from '../../lib/cli/summary';
import type { FollowedRun } from '../../lib/operate/follow';
import { NOTHING_YET, type Progress } from '../../lib/operate/history';

const arn = (name: string) => `arn:aws:states:us-east-1:000000000000:stateMachine:${name}`;
const pipeline = (name: string, upstream?: string) =>
  ({
    name,
    trigger: upstream ? { kind: 'after', pipeline: upstream } : { kind: 's3Arrival', patterns: ['a/*'] },
  }) as never;
const PIPELINES = [pipeline('a'), pipeline('b', 'a'), pipeline('c', 'b'), pipeline('d', 'a'), pipeline('e', 'x')];
const STACKS = {
  pipelines: ['a', 'b', 'c', 'd', 'e'].map((name) => ({ name, stateMachineArn: arn(name), landingBucket: 'l' })),
} as never;

const published: Partial<Progress> = {
  status: 'SUCCEEDED',
  output: { rows: 1, rejected: 0, published: [{ sink: 'lake:t', rows: 1 }] },
};

/** Ends every run as `ends` says, by its key, the one that is followed longest first; the others have published. */
async function follow(started: readonly StartedRun[], ends: Readonly<Record<string, Partial<Progress>>> = {}) {
  const followedAfter: Record<string, string[]> = {};
  const chain = await followChain(
    started,
    (ended, run) => runsAfter(ended, run, PIPELINES, STACKS),
    async (wave, onEnd) => {
      const wanted = wave.map((one) => one.wanted);
      const runs: FollowedRun[] = [];
      for (const [index, { key }] of wanted.entries()) {
        const progress = { ...NOTHING_YET, ...(ends[key] ?? published) };
        runs.push({ key, executionArn: `arn:execution:run-of-${key}`, progress });
        await onEnd(runs[index]!, index, (more) => {
          if (more.length > 0) followedAfter[key] = more.map((one) => one.key);
          wanted.push(...more);
        });
      }
      return runs;
    },
  );
  return { ...chain, followedAfter };
}
const file = (key: string): StartedRun => ({
  pipeline: 'a',
  wanted: { key, versionId: `v-${key}`, stateMachineArn: arn('a') },
});

test('a run that publishes starts those after it, and they others; each is found by the run that it is for', async () => {
  const { followedAfter, awaited, followed } = await follow([file('1.csv'), file('2.csv')]);

  expect(followedAfter).toEqual({
    '1.csv': ['b after 1.csv', 'd after 1.csv'],
    '2.csv': ['b after 2.csv', 'd after 2.csv'],
    'b after 1.csv': ['c after b after 1.csv'],
    'b after 2.csv': ['c after b after 2.csv'],
  });
  expect(awaited[2]!.wanted).toEqual({ key: 'b after 1.csv', afterRun: 'run-of-1.csv', stateMachineArn: arn('b') });
  expect(judge(followed, awaited).every(({ asExpected }) => asExpected)).toBe(true);
});

test('one that failed, or had nothing to do, starts none', async () => {
  const { followedAfter, followed, awaited } = await follow([file('1.csv'), file('2.csv')], {
    '1.csv': { status: 'FAILED', error: { name: 'X', cause: 'y' } },
    '2.csv': { status: 'SUCCEEDED', output: { outcome: 'duplicate', reason: 'there' } },
  });

  expect(followedAfter).toEqual({});
  expect(judge(followed, awaited).map(({ asExpected }) => asExpected)).toEqual([false, true]);
});

test('one that fails further down counts', async () => {
  const { followed, awaited } = await follow([file('1.csv')], {
    'c after b after 1.csv': { status: 'FAILED', error: { name: 'X', cause: 'y' } },
  });

  expect(judge(followed, awaited).map(({ pipeline: name, asExpected }) => [name, asExpected])).toEqual([
    ['a', true],
    ['b', true],
    ['d', true],
    ['c', false],
  ]);
});

test('without any run there is nothing to follow', async () => {
  expect(await follow([])).toMatchObject({ followed: [], awaited: [] });
});
