/** A run whose files stand in a list: as many as there are, its state knows the list's key. */
import { type AdmitServices, admit } from '../../../lambdas/admit/admit';
import { planList } from '../../../lambdas/extract-files/plan/plan-list';
import { markClaims } from '../../../lambdas/shared/claim-item';
import { writeDocument } from '../../../lambdas/shared/manifest';
import { getRun } from '../../../lambdas/shared/run-item';
import { objectsOfRun } from '../../../lambdas/shared/run-list';
import type { AdmitInput } from '../../../lib/tasks/admit';
import type { ManifestRef } from '../../../lib/tasks/common';
import { type LambdaCloud, startLambdaCloud } from '../cloud';
import { RUN } from '../fixtures';

let cloud: LambdaCloud;
beforeAll(async () => {
  cloud = await startLambdaCloud();
});
afterAll(() => cloud.close());

const FILES = 205;
const files = [{ glob: 'in/*.csv', format: { kind: 'csv' } }] as const;

function input(name: string, trigger: object): AdmitInput {
  return {
    pipeline: 'orders',
    execution: { arn: `${RUN.executionArn}-${name}`, name, startedAt: RUN.startedAt },
    trigger,
    patterns: ['in/*'],
    sources: [{ name: 'lines', kind: 'landedFiles', rangeBytes: 1 << 30, files: [...files] }],
    byList: true,
  };
}
let attempts = 0;
const services = (): AdmitServices => ({
  ledger: cloud.ledger,
  s3: cloud.s3,
  stepFunctions: cloud.stepFunctions,
  landingBucket: 'landing',
  cut: async () => [],
  now: Date.now,
  lists: { s3: cloud.s3, workBucket: 'work', attempt: `attempt-${++attempts}` },
});
const admitted = async (name: string, trigger: object) => {
  const answer = await admit(input(name, trigger), services());
  if (answer.outcome !== 'admitted') throw new Error(answer.reason);
  return answer;
};
const listOf = (name: string, keys: readonly string[]): Promise<ManifestRef> =>
  writeDocument(
    cloud.s3,
    'work',
    `gathered/orders/${name}.json`,
    keys.map((key) => ({ bucket: 'landing', key })),
  );

test('it claims them, and the ledger, a rerun and the plan know them all', async () => {
  const keys = Array.from({ length: FILES }, (_, n) => `in/${n}.csv`);
  for (const key of keys) await cloud.land(key, 'id\n1\n');
  await cloud.land('in/readme.txt', 'Nobody reads this.');
  const gathered = { by: 'window', files: FILES + 1, since: '2026-11-21T12:00:00.000Z' };
  const list = await listOf('first', [...keys, 'in/readme.txt']);
  const answer = await admitted('first', { list, gathered });
  expect(answer).toMatchObject({ objects: [], partitions: {} });
  expect(JSON.stringify(answer).length).toBeLessThan(1500);

  const run = (await getRun(cloud.ledger, 'orders', 'first'))!;
  expect(run).toMatchObject({ status: 'RUNNING', gathered, list: answer.list });
  expect(run.objects).toBeUndefined();
  const objects = await objectsOfRun(run, { s3: cloud.s3, workBucket: 'work' });
  expect(objects.map(({ key }) => key).sort()).toEqual([...keys].sort());

  const environment = { s3: cloud.s3, workBucket: 'work', attempt: 'plan' };
  const source = { name: 'lines', files: [...files], rangeBytes: 1 << 30 };
  const plan = await planList({ action: 'plan-list', run: answer.run, list: answer.list!, source }, environment);
  expect(plan).toMatchObject({ files: FILES, partitions: 2 });
  const others = { ...source, name: 'others', files: [{ glob: 'out/*', format: files[0].format }] };
  const none = await planList(
    { action: 'plan-list', run: answer.run, list: answer.list!, source: others },
    environment,
  );
  expect(none).toMatchObject({ files: 0, partitions: 0, nothing: { rows: 0 } });

  // Its answer is lost: the retry has the same load.
  expect((await admitted('first', { list, gathered })).run.loadKey).toBe(answer.run.loadKey);
  // All of it again, as a rerun asks for it by the list that the ledger has.
  const again = await admitted('again', { list: answer.list!, reprocess: true });
  expect(again.run).toMatchObject({ loadKey: answer.run.loadKey, generation: 1 });
});

test('what another run loads already is left out', async () => {
  await cloud.land('in/a.csv', 'id\n1\n');
  await cloud.land('in/b.csv', 'id\n2\n');
  const gathered = { by: 'window', files: 1, since: '2026-11-21T12:00:00.000Z' };
  const claimedBy = await admitted('one', { list: await listOf('one', ['in/a.csv']), gathered });
  const object = (await getRun(cloud.ledger, 'orders', 'one'))!.objects!;
  await markClaims(cloud.ledger, 'orders', claimedBy.run.executionArn, object, 'loaded');
  const answer = await admitted('two', { list: await listOf('two', ['in/a.csv', 'in/b.csv']), gathered });
  const run = (await getRun(cloud.ledger, 'orders', 'two'))!;
  expect(run.objects?.map(({ key }) => key)).toEqual(['in/b.csv']);
  expect(answer.run.loadKey).not.toBe(claimedBy.run.loadKey);
});

test('a pipeline that gathers no longer refuses a list, and says what to do', async () => {
  const list = await listOf('late', ['in/a.csv']);
  await expect(admit(input('late', { list }), { ...services(), lists: undefined })).rejects.toThrow(
    'the files of this pipeline are not gathered (any longer): name them as objects.',
  );
});
