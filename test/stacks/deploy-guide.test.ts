/** Every command of docs/deploy.md and of the workflow, as far as it goes without an account: to the point where AWS would be asked. */
import { execFile, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { parse } from 'yaml';
import { PROJECT_ROOT } from '../../lib/constructs/cache';
import { pipelineFolders } from '../../lib/operate/pipelines';
import { titleOf } from '../../lib/pipeline/together';
import { stepwell } from '../cli/stepwell';

const run = promisify(execFile);
const guide = readFileSync(join(PROJECT_ROOT, 'docs/deploy.md'), 'utf8');

interface Job {
  readonly environment?: string;
  readonly permissions?: Readonly<Record<string, string>>;
  readonly steps: readonly { readonly uses?: string; readonly run?: string }[];
}
interface Workflow {
  readonly on: Readonly<Record<string, unknown>>;
  readonly permissions: Readonly<Record<string, string>>;
  readonly jobs: Readonly<Record<string, Job>>;
}
const text = readFileSync(join(PROJECT_ROOT, '.github/workflows/deploy.yml'), 'utf8');
const workflow = parse(text) as Workflow;

/** Without comments; placeholders are what they may be. */
const guided = [...guide.matchAll(/```sh\n(.*?)```/gs)]
  .flatMap(([, block]) => block!.replaceAll(/\\\n\s*/g, '').split('\n'))
  .map((line) => line.replace(/\s+#.*$/, '').trim())
  .filter((line) => line !== '' && !line.startsWith('#'));
const worked = Object.values(workflow.jobs)
  .flatMap(({ steps }) => steps.flatMap((step) => step.run?.split('\n') ?? []))
  .map((line) => line.replace(/ 2>&1 \|.*$/, '').trim());
const commands = [...new Set([...guided, ...worked])];
const of = (start: string) => commands.filter((line) => line.startsWith(start));
/** Words, quoted ones as one. */
const words = (line: string): string[] =>
  [...line.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map(([, single, double, bare]) => single ?? double ?? bare ?? '');
const flagsOf = (line: string): string[] =>
  words(line)
    .filter((word) => /^--?[a-z]/.test(word))
    .map((word) => word.split('=')[0]!);

test('the guide has commands of every kind', () => {
  expect(of('npx cdk').length).toBeGreaterThan(10);
  expect(of('npx stepwell').length).toBeGreaterThan(5);
  expect(of('aws ').length).toBeGreaterThan(6);
});

test('what npm is to run is there', () => {
  const { scripts } = JSON.parse(readFileSync(join(PROJECT_ROOT, 'package.json'), 'utf8')) as { scripts: object };
  const named = commands.flatMap((line) => /^npm run (\S+)/.exec(line)?.[1] ?? []);

  expect(named.filter((name) => !(name in scripts))).toEqual([]);
});

test("the CDK's CLI has every verb and option, and the app every stack", async () => {
  const lines = of('npx cdk ');
  const verbs = [...new Set(lines.map((line) => words(line)[2]!))];
  const help = new Map(
    await Promise.all(
      verbs.map(async (verb) => {
        const cdk = join(PROJECT_ROOT, 'node_modules/aws-cdk/bin/cdk');
        return [verb, (await run(process.execPath, [cdk, verb, '--help'])).stdout] as const;
      }),
    ),
  );
  const unknown = lines.flatMap((line) =>
    flagsOf(line)
      .filter((flag) => !new RegExp(`(^|[\\s,])${flag}([\\s,]|$)`, 'm').test(help.get(words(line)[2]!)!))
      .map((flag) => `${line}: ${flag}`),
  );
  expect(unknown).toEqual([]);

  const stacks = ['Foundation', ...(await pipelineFolders()).map(({ pipeline }) => titleOf(pipeline.name))];
  const named = lines.flatMap((line) => words(line).filter((word) => /^Stepwell-/.test(word)));
  expect(named.length).toBeGreaterThan(0);
  expect(named.filter((name) => !stacks.includes(name.replace('Stepwell-', '')))).toEqual([]);
});

test('stepwell has every verb and option', async () => {
  for (const line of of('npx stepwell ')) {
    const [, , verb] = words(line);
    const { stdout, exitCode } = await stepwell(verb!, '--help');
    expect([line, exitCode]).toEqual([line, 0]);
    expect([line, flagsOf(line).filter((flag) => !stdout.includes(flag))]).toEqual([line, []]);
  }
});

const hasAws = spawnSync('aws', ['--version']).status === 0;

(hasAws ? test : test.skip)('the AWS CLI understands each of its commands, and asks AWS', async () => {
  const env = {
    ...process.env,
    AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
    AWS_SECRET_ACCESS_KEY: 'example',
    AWS_REGION: 'eu-central-1',
    AWS_DEFAULT_REGION: 'eu-central-1',
    AWS_MAX_ATTEMPTS: '1',
    AWS_EC2_METADATA_DISABLED: 'true',
  };
  const lines = of('aws ').map((line) =>
    line
      .replace('orders.csv', 'README.md')
      .replace('<LandingBucketName>', 'stepwell-landing')
      .replace('<StateMachineArn>', 'arn:aws:states:eu-central-1:111122223333:stateMachine:stepwell-orders'),
  );
  for (const line of lines) {
    const args = ['--endpoint-url', 'http://127.0.0.1:1', ...words(line).slice(1)];
    const { stderr, stdout } = spawnSync('aws', args, { env, encoding: 'utf8', cwd: PROJECT_ROOT });
    expect([line, `${stdout}${stderr}`]).toEqual([
      line,
      expect.stringMatching(/Could not connect to the endpoint|Connect(ion)? .*refused/i),
    ]);
  }
});

test('a deploy without credentials synthesizes the environment and stops where the account is asked for', async () => {
  const output = mkdtempSync(join(tmpdir(), 'stepwell-edge-'));
  try {
    const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('AWS_')));
    const cdk = join(PROJECT_ROOT, 'node_modules/aws-cdk/bin/cdk');
    const args = ['deploy', '--all', '--require-approval', 'never', '-c', 'stepwell:env=dev', '--output', output];
    const failed = await run(process.execPath, [cdk, ...args], {
      cwd: PROJECT_ROOT,
      env: {
        ...env,
        HOME: output,
        AWS_EC2_METADATA_DISABLED: 'true',
        CDK_VALIDATION: 'false',
        CDK_DISABLE_VERSION_CHECK: '1',
      },
    }).catch((error: { stderr: string; stdout: string }) => error);

    expect(`${failed.stdout}${failed.stderr}`).toMatch(/Unable to resolve AWS account|credentials/i);
    expect(existsSync(join(output, 'Stepwell-Dev-Foundation.template.json'))).toBe(true);
  } finally {
    rmSync(output, { recursive: true, force: true });
  }
});

test('a setting that is not understood ends cdk with one sentence, not with a stack', async () => {
  const output = mkdtempSync(join(tmpdir(), 'stepwell-edge-'));
  const app = run(process.execPath, ['--import', 'tsx', 'bin/app.ts'], {
    cwd: PROJECT_ROOT,
    env: { ...process.env, CDK_OUTDIR: output, CDK_CONTEXT_JSON: '{"stepwell:env":"pord"}' },
  });
  const failed = await app.catch((error: { code: number; stderr: string }) => error);
  rmSync(output, { recursive: true, force: true });

  expect(failed).toMatchObject({
    code: 1,
    stderr: `stepwell:env is "pord": there is no such environment under stepwell:environments in cdk.json. Known: dev, prod.\n`,
  });
});

test('the workflow names actions by commit, gives each job the least, and takes on a role only where GitHub limits who may', () => {
  const uses = [...text.matchAll(/uses: (\S+)(.*)/g)].map(([, action, comment]) => [action!, comment!] as const);
  expect(uses.length).toBeGreaterThan(0);
  for (const [action, comment] of uses)
    expect([action, comment]).toEqual([
      expect.stringMatching(/@[0-9a-f]{40}$/),
      expect.stringMatching(/ # v\d+\.\d+\.\d+$/),
    ]);
  expect(workflow.permissions).toEqual({ contents: 'read' });
  expect(Object.keys(workflow.on)).toEqual(['pull_request', 'push']);
  const trusted = Object.entries(workflow.jobs).filter(([, { permissions }]) => permissions?.['id-token'] === 'write');
  expect(trusted.map(([name, { environment }]) => [name, environment])).toEqual([
    ['diff', undefined],
    ['deploy-dev', 'dev'],
    ['deploy-prod', 'prod'],
  ]);
  const role = readFileSync(join(PROJECT_ROOT, 'deploy/github-role.yaml'), 'utf8');
  expect([...role.matchAll(/githubusercontent\.com:sub: .*'(repo:[^']+)'/g)].map(([, subject]) => subject)).toEqual([
    expect.stringMatching(/^repo:\S+:environment:\S+$/),
    expect.stringMatching(/^repo:\S+:pull_request$/),
  ]);
});
