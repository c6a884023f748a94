/** Whom a verb speaks to, as options, environment and the AWS shared configuration name it. No account is needed to be refused one. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { stepwell } from './stepwell';

const folder = mkdtempSync(path.join(tmpdir(), 'stepwell-account-'));
const before = { ...process.env };
let server: Server;
/** what the account's endpoint answers */
let answer: { readonly status: number; readonly body: string };

const errorOf = (code: string, message: string) => ({
  status: 403,
  body: `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error></ErrorResponse>`,
});

beforeAll(async () => {
  server = createServer((_, response) => {
    response.writeHead(answer.status, { 'content-type': 'text/xml' });
    response.end(answer.body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  mkdirSync(path.join(folder, '.aws'));
  writeFileSync(
    path.join(folder, '.aws/config'),
    `[sso-session work]
sso_region = eu-central-1
[profile prod]
region = eu-central-1
endpoint_url = http://127.0.0.1:${port}
[profile nowhere]
region = eu-central-1
endpoint_url = http://127.0.0.1:1
[profile placeless]
`,
  );
  const keys = 'aws_access_key_id = AKIDEXAMPLE\naws_secret_access_key = example\n';
  writeFileSync(
    path.join(folder, '.aws/credentials'),
    ['prod', 'nowhere', 'placeless'].map((name) => `[${name}]\n${keys}`).join(''),
  );
});

beforeEach(() => {
  for (const name of Object.keys(process.env).filter((one) => one.startsWith('AWS_'))) delete process.env[name];
  Object.assign(process.env, { HOME: folder, NO_COLOR: '1', AWS_MAX_ATTEMPTS: '1' });
});

afterAll(() => {
  process.env = before;
  server.close();
  rmSync(folder, { recursive: true, force: true });
});

test('An unknown profile is refused, with the one that was meant, or those that there are', async () => {
  const misspelt = await stepwell('runs', '--profile', 'prd');
  const other = await stepwell('runs', '--profile', 'staging-of-the-others');

  expect(misspelt).toEqual({
    exitCode: 3,
    stdout: '',
    stderr: "There is no profile 'prd' in ~/.aws/config or ~/.aws/credentials. Did you mean 'prod'?\n".trimEnd(),
  });
  expect(other.stderr).toContain('Known: ');
  expect(other.stderr).not.toContain('sso-session');
});

test('A profile without a region wants one, by option or environment', async () => {
  const { stderr, exitCode } = await stepwell('runs', '--profile', 'placeless');

  expect(exitCode).toBe(3);
  expect(stderr).toBe(
    "No region is named, and the profile 'placeless' has none: give --region, for example --region eu-central-1.",
  );
});

test.each([
  [
    'ExpiredToken',
    'The security token included in the request is expired',
    'Sign in again (aws sso login --profile prod)',
  ],
  [
    'InvalidClientTokenId',
    'The security token is invalid.',
    'AWS does not know these credentials (InvalidClientTokenId).',
  ],
  ['AccessDenied', 'User x is not authorized to perform y.', 'These credentials lack the right'],
])('%s says what to do, with exit code 3 and nothing on standard output', async (code, message, remedy) => {
  answer = errorOf(code, message);

  const { stdout, stderr, exitCode } = await stepwell('runs', '--profile', 'prod', '--json');

  expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 3 });
  expect(stderr).toContain(remedy);
});

test('AWS_PROFILE names an account as well; an endpoint that does not answer is told with its address', async () => {
  // In a process of its own: Jest's errors of sockets are not those of the SDK's realm.
  const refused = spawnSync(process.execPath, ['--import', 'tsx', 'bin/stepwell.ts', 'runs', 'orders'], {
    cwd: path.join(__dirname, '../..'),
    encoding: 'utf8',
    env: { ...process.env, AWS_PROFILE: 'nowhere' },
  });

  expect(refused).toMatchObject({
    status: 3,
    stdout: '',
    stderr: expect.stringContaining(
      "The account of the profile 'nowhere' cannot be reached: no answer from 127.0.0.1:1 (ECONNREFUSED).",
    ),
  });
});

test('`--state-dir` is nearer than AWS_PROFILE, and contradicts --profile', async () => {
  process.env.AWS_PROFILE = 'nowhere';
  const state = path.join(folder, 'state');

  const local = await stepwell('runs', '--state-dir', state);
  const both = await stepwell('runs', '--state-dir', state, '--profile', 'prod');

  expect(local).toMatchObject({ exitCode: 3, stderr: expect.stringContaining(`No local cloud is up on ${state}.`) });
  expect(both).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('leave out one.') });
});
