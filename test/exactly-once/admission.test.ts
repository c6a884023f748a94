/** Admission: an answer that is lost, an owner that is redriven beside its heir, a file that is overwritten while it is read. */
import { admit } from '../../lambdas/admit/admit';
import { markClaims } from '../../lambdas/shared/claim-item';
import { readRanges } from '../../lambdas/shared/objects';
import type { AdmitInput, AdmitOutput } from '../../lib/tasks/admit';
import { RUN } from '../lambdas/fixtures';
import { type RedshiftCloud, startRedshiftCloud } from '../lambdas/redshift';
import { publishIntoPostgres, publishIntoRedshift, ROWS, rowsOf, stage, targets } from './staging';

let cloud: RedshiftCloud;

beforeAll(async () => {
  cloud = await startRedshiftCloud();
});
afterAll(() => cloud.close());

const input = (name: string, key: string): AdmitInput => ({
  pipeline: 'orders',
  execution: { arn: `${RUN.executionArn}-${name}`, name, startedAt: RUN.startedAt },
  trigger: { arrival: { bucket: 'landing', key } },
  sources: [
    { name: 'orders', kind: 'landedFiles', rangeBytes: 1 << 30, files: [{ glob: '**', format: { kind: 'csv' } }] },
  ],
});
const run = (name: string, key: string): Promise<AdmitOutput> =>
  admit(input(name, key), {
    ledger: cloud.ledger,
    s3: cloud.s3,
    stepFunctions: cloud.stepFunctions,
    landingBucket: 'landing',
    cut: async () => [],
    now: Date.now,
  });
const admitted = (answer: AdmitOutput) => {
  if (answer.outcome !== 'admitted') throw new Error(answer.reason);
  return answer;
};

test('Admit claims the run and its answer is lost: the retry does not skip the file', async () => {
  await cloud.land('lost.csv', 'id\n1\n');
  // The write that claims goes through, and then the function dies: nothing after it happens.
  const dying = { send: dieAfter(cloud.dynamoDb, 'PutItemCommand') } as never;
  await expect(
    admit(input('lost', 'lost.csv'), {
      ledger: { ...cloud.ledger, client: dying },
      s3: cloud.s3,
      stepFunctions: cloud.stepFunctions,
      landingBucket: 'landing',
      cut: async () => [],
      now: Date.now,
    }),
  ).rejects.toThrow('died');

  expect(await run('lost', 'lost.csv')).toMatchObject({ outcome: 'admitted' });
});

test('the run whose claim was taken over is redriven beside the new one: the rows are there once', async () => {
  const sinks = targets('admitted', { mode: 'append' });
  await cloud.land('both.csv', 'id\n1\n');
  const first = admitted(await run('owner', 'both.csv'));
  await markClaims(cloud.ledger, 'orders', first.run.executionArn, first.objects, 'failed');
  // Copied again, unchanged: another version of the same content.
  await cloud.land('both.csv', 'id\n1\n');
  const second = admitted(await run('heir', 'both.csv'));

  for (const one of [first, second]) {
    const manifest = await stage(cloud, one.run, one.run.runId, ROWS);
    await publishIntoRedshift(cloud, one.run, sinks.redshift, [manifest]);
    await publishIntoPostgres(cloud, one.run, sinks.postgres, [manifest]);
  }

  expect(await rowsOf(cloud, sinks)).toEqual(ROWS);
});

test('a file that is overwritten while its ranges are read is read as it was', async () => {
  // Three ranges, of which two are asked for before the first byte has come.
  const text = (line: string) => line.repeat(5 * 1024 * 1024);
  await cloud.land('overwritten.csv', text('old\n'));
  const { objects } = admitted(await run('reader', 'overwritten.csv'));
  const [object] = objects;

  let read = '';
  for await (const chunk of readRanges(cloud.s3, object!, 0, object!.size)) {
    if (read === '') await cloud.land('overwritten.csv', text('new\n'));
    read += chunk.toString('latin1');
  }

  expect(read === text('old\n')).toBe(true);
});

function dieAfter(client: RedshiftCloud['dynamoDb'], commandName: string) {
  return async (command: { constructor: { name: string } }) => {
    const answer = await client.send(command as never);
    if (command.constructor.name === commandName) throw new Error('died');
    return answer;
  };
}
