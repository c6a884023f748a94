import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { environmentNamed } from '../../lib/operate/environment';
import { stepwell } from '../cli/stepwell';

const folder = mkdtempSync(join(tmpdir(), 'stepwell-env-'));
const file = join(folder, 'cdk.json');
const before = process.env.STEPWELL_ENV;
beforeAll(() => {
  const environments = { dev: {}, prod: { account: '111122223333', region: 'eu-central-1' } };
  writeFileSync(file, JSON.stringify({ context: { 'stepwell:environments': environments } }));
});
afterEach(() => {
  delete process.env.STEPWELL_ENV;
});
afterAll(() => {
  if (before !== undefined) process.env.STEPWELL_ENV = before;
  rmSync(folder, { recursive: true, force: true });
});

test('an environment is found in cdk.json, with the account and region that it is in', () => {
  expect(environmentNamed('prod', true, file)).toEqual({
    name: 'prod',
    account: '111122223333',
    region: 'eu-central-1',
  });
  expect(environmentNamed('dev', true, file)).toEqual({ name: 'dev' });
  expect(environmentNamed(undefined, true, file)).toEqual({});
});

test('STEPWELL_ENV stands in for --env, but not for the local cloud', () => {
  process.env.STEPWELL_ENV = 'dev';
  expect(environmentNamed(undefined, true, file)).toEqual({ name: 'dev' });
  expect(environmentNamed(undefined, false, file)).toEqual({});
  expect(environmentNamed('prod', true, file)).toMatchObject({ name: 'prod' });
});

test('one that is not declared is refused, with those that are', async () => {
  expect(() => environmentNamed('pro', true, file)).toThrow(
    "--env is 'pro': there is no such environment under stepwell:environments in cdk.json. Did you mean 'prod'?",
  );
  expect(await stepwell('runs', '--env', 'staging')).toMatchObject({
    exitCode: 2,
    stdout: '',
    stderr: expect.stringContaining("--env is 'staging': there is no such environment"),
  });
});
