/** The contract of a stream from its declaration to the template, in a repository of the test's own. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Template } from 'aws-cdk-lib/assertions';
import { App, Stack } from 'aws-cdk-lib/core';
import { compileAll, validate } from '../../lib/cli/definitions';
import { compileTogether, contractsOf, writeContracts } from '../../lib/compiler';
import { tellSettings } from '../../lib/constructs/settings';
import { StreamContract } from '../../lib/constructs/stream-contract';
import { PROJECT_ROOT, pipelineFolders } from '../../lib/operate/pipelines';
import { settingsOf } from '../../lib/pipeline/schema/settings';
import { createApp } from '../../lib/stacks/app';

// The CDK validates templates against CloudFormation's schemas: 3 s a synth.
process.env.CDK_VALIDATION = 'false';

let parent: string;
let folder: string;
let stdout: string;
beforeEach(() => {
  // Within the project, so that its imports find `lib/pipeline` and its files are transformed.
  parent = mkdtempSync(path.join(PROJECT_ROOT, 'test/stacks/.contract-'));
  folder = path.join(parent, 'users');
  mkdirSync(folder);
  git('init', '--quiet');
  stdout = '';
  jest.spyOn(process.stdout, 'write').mockImplementation((text) => {
    stdout += text;
    return true;
  });
});
afterEach(() => {
  jest.restoreAllMocks();
  rmSync(parent, { recursive: true, force: true });
});

function git(...args: string[]): void {
  const named = ['-c', 'user.name=Test', '-c', 'user.email=test@example.com', '-c', 'commit.gpgsign=false'];
  execFileSync('git', [...named, ...args], { cwd: parent, stdio: 'ignore' });
}

function declare(columns: string): void {
  // What was read of it before is forgotten.
  jest.resetModules();
  writeFileSync(
    path.join(folder, 'pipeline.ts'),
    `import { append, definePipeline, integer, key, lake, sql, streamOf, streamRecords, text } from '../../../../lib/pipeline';
export default definePipeline({
  name: 'users',
  trigger: streamOf('users'),
  sources: { records: streamRecords({ columns: { user_id: key.text(36).from('login.uuid'), ${columns} } }) },
  models: { everyone: sql.text('SELECT user_id, 1 AS day FROM records') },
  sinks: [lake({ model: 'everyone', table: 'everyone', write: append(), partitionBy: ['day'] })],
});
`,
  );
}

async function compileAndCommit(columns: string): Promise<string> {
  declare(columns);
  stdout = '';
  await compileAll({ json: false, parent });
  git('add', '--all');
  git('commit', '--quiet', '--message', 'Compiled');
  return stdout;
}

const read = (file: string): unknown => JSON.parse(readFileSync(path.join(folder, file), 'utf8'));
const compiled = async () => (await compileTogether(await pipelineFolders(parent)))[0]!;
const WITHOUT_AGE = `name: text(40)`;
const WITH_AGE = `${WITHOUT_AGE}, age: integer()`;

test('a compatible change is told, and the version before it is kept; one that is not is a mistake at synth, until it is taken back', async () => {
  expect(await compileAndCommit(WITHOUT_AGE)).not.toContain('contract users:');
  expect(existsSync(path.join(folder, 'contract.versions.json'))).toBe(false);
  const first = read('contract.schema.json');

  expect(await compileAndCommit(WITH_AGE)).toContain('contract users: column age added (compatible)');
  expect(read('contract.versions.json')).toEqual([first]);
  expect(read('contract.schema.json')).toMatchObject({ properties: { age: { type: ['integer', 'string', 'null'] } } });

  declare(`name: text(20), age: integer().notNull()`);
  const mistakes = [
    "Pipeline 'users' has 2 mistakes:",
    '  - sources.records.columns.age is integer: it could be left out, and now it may not: records that are in the stream already',
    '  - sources.records.columns.name is text(20): it was text(40), and records that are in the stream already',
  ];
  for (const synth of [() => createApp({ folder: parent }), () => validate({ json: false, parent })]) {
    const error = await synth().then(
      () => undefined,
      (reason: Error) => reason,
    );
    for (const line of mistakes) expect(error?.message).toContain(line);
  }

  declare(WITH_AGE);
  stdout = '';
  await validate({ json: false, parent });
  expect(stdout).toContain('✓ users');
  expect(stdout).not.toContain('out of date');
});

test('files that are behind the declaration are told; a contract that was never committed is free to change', async () => {
  declare(`name: text(40)`);
  await compileAll({ json: true, parent });
  git('commit', '--quiet', '--allow-empty', '--message', 'Nothing');
  declare(`name: text(20)`);
  stdout = '';

  await validate({ json: false, parent });

  expect(stdout).toContain('Its state-machine.asl.json, or its contract, is out of date: npx stepwell compile');
});

test('without a repository the files beside the pipeline are what is compared', async () => {
  const outside = mkdtempSync(path.join(tmpdir(), 'stepwell-contract-'));
  const placed = async () => [{ ...(await pipelineFolders(parent))[0]!, folder: outside }];
  declare(WITHOUT_AGE);
  await writeContracts(await placed(), await contractsOf(await placed()));
  declare(`name: text(20)`);

  const contracts = await contractsOf(await placed());

  expect(contracts.get('users')!.problems).toMatchObject([
    { field: 'sources.records.columns.name', value: 'text(20)' },
  ]);
  rmSync(outside, { recursive: true });
});

test('each version is a resource that stays; a contract that comes back needs no new one', async () => {
  await compileAndCommit(WITHOUT_AGE);
  await compileAndCommit(WITH_AGE);
  declare(WITH_AGE);
  const now = await compiled();

  const template = templateOf(now);
  const [schema] = Object.values(template.findResources('AWS::Glue::Schema'));
  expect(schema).toMatchObject({
    Properties: { Name: 'users', DataFormat: 'JSON', Compatibility: 'BACKWARD' },
  });
  expect(JSON.parse(schema!.Properties.SchemaDefinition)).toEqual(expect.not.objectContaining({ age: {} }));
  template.hasResource('AWS::Glue::Registry', { Properties: { Name: 'stepwell-users' } });
  const versions = template.findResources('AWS::Glue::SchemaVersion');
  expect(Object.values(versions)).toMatchObject([
    { DeletionPolicy: 'RetainExceptOnCreate', UpdateReplacePolicy: 'Retain' },
  ]);
  expect(JSON.parse(Object.values(versions)[0]!.Properties.SchemaDefinition)).toHaveProperty('properties.age');

  await compileAndCommit(WITHOUT_AGE);
  declare(WITHOUT_AGE);
  const back = templateOf(await compiled());
  expect(back.findResources('AWS::Glue::Schema')).toEqual(template.findResources('AWS::Glue::Schema'));
  expect(back.findResources('AWS::Glue::SchemaVersion')).toEqual(versions);

  // The registry compares with what came last, though it was taken back.
  await compileAndCommit(`${WITHOUT_AGE}, age: text()`);
  await compileAndCommit(WITHOUT_AGE);
  declare(WITH_AGE.replace('integer()', 'text(3)'));
  await expect(compiled()).rejects.toThrow('sources.records.columns.age is text(3): it was text');
});

function templateOf({ name, contract }: Awaited<ReturnType<typeof compiled>>): Template {
  const app = new App({ context: { 'aws:cdk:disable-stack-trace': true } });
  tellSettings(app, settingsOf({}));
  const stack = new Stack(app, 'Users');
  new StreamContract(stack, 'Contract', { pipeline: name, contract: contract! });
  return Template.fromStack(stack);
}
