/** What CloudFormation and the services refuse, however many pipelines there are; and cfn-lint, where it is installed. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compileTogether } from '../../lib/compiler';
import type { CompiledPipeline } from '../../lib/compiler/types';
import { manyPipelines } from '../fixtures/many-pipelines';
import { type Resource, removeAssemblies, type Synthesized, synthesize } from './assembly';
import { hasCfnLint } from './cfn-lint';
import { synthesizeEveryShape } from './every-shape';

const folder = mkdtempSync(join(tmpdir(), 'stepwell-limits-'));
let pipelines: CompiledPipeline[];
let many: Synthesized;
let shapes: Synthesized[];
beforeAll(async () => {
  pipelines = await compileTogether(manyPipelines(10).map((pipeline) => ({ pipeline, folder })));
  many = synthesize({}, pipelines);
  shapes = await synthesizeEveryShape();
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
  removeAssemblies();
});

interface Document {
  readonly Resources: Readonly<Record<string, Resource>>;
  readonly Parameters?: object;
  readonly Outputs?: object;
}
const templates = () =>
  [many, ...shapes].flatMap(({ app }) =>
    app.synth().stacks.map(({ stackName, template, templateFullPath }) => ({
      stackName,
      file: templateFullPath,
      template: template as Document,
    })),
  );

test('a stack has at most 500 resources, 200 parameters, 200 outputs, and a template of 1 MB', () => {
  for (const { stackName, file, template } of templates()) {
    const size = {
      stackName,
      resources: Object.keys(template.Resources).length <= 500,
      parameters: Object.keys(template.Parameters ?? {}).length <= 200,
      outputs: Object.keys(template.Outputs ?? {}).length <= 200,
      bytes: readFileSync(file).length <= 1_000_000,
    };
    expect(size).toEqual({ stackName, resources: true, parameters: true, outputs: true, bytes: true });
  }
});

test('the foundation is the same for ten pipelines as for five: nothing in it grows with their number', () => {
  const addresses = (document: object) => JSON.stringify(document);
  const few = synthesize({}, pipelines.slice(0, 5));

  expect(addresses(many.foundation.document)).toBe(addresses(few.foundation.document));
});

/** References count as what they are at most. */
const lengthOf = (value: unknown): number =>
  JSON.stringify(value).replaceAll(/\{"(Ref|Fn::GetAtt|Fn::ImportValue|Fn::Select)":.*?\}/g, 'x'.repeat(60)).length;

test("roles' policies, functions' variables and definitions keep within the limits of their services", () => {
  for (const { stackName, template } of templates()) {
    for (const [id, { Type, Properties }] of Object.entries(template.Resources)) {
      const at = `${stackName}/${id}`;
      if (Type === 'AWS::IAM::Role') {
        // 10,240 characters for the inline policies of a role together.
        expect([at, lengthOf(Properties.Policies ?? []) <= 10_240]).toEqual([at, true]);
        expect([at, lengthOf(Properties.AssumeRolePolicyDocument) <= 2048]).toEqual([at, true]);
      }
      if (Type === 'AWS::Lambda::Function')
        expect([at, lengthOf(Properties.Environment ?? {}) <= 4096]).toEqual([at, true]);
      if (Type === 'AWS::StepFunctions::StateMachine')
        expect([at, lengthOf(Properties.DefinitionString) <= 1_048_576]).toEqual([at, true]);
      if (Type === 'AWS::CloudWatch::Dashboard')
        expect([at, lengthOf(Properties.DashboardBody) <= 1_048_576]).toEqual([at, true]);
      if (Type === 'AWS::Events::Rule' && Properties.EventPattern !== undefined)
        expect([at, lengthOf(Properties.EventPattern) <= 2048]).toEqual([at, true]);
    }
  }
});

/** What cfn-lint 1.58 says that is not so, or that is meant. */
const EXPECTED: readonly (readonly [rule: string, message: RegExp, reason: string])[] = [
  ['W3005', /dependency already enforced/, 'The CDK says it twice'],
  ['W6001', /is an import from another output/, 'A pipeline tells the bucket that its files go to'],
  ['E3601', /\{%.*%\}.* is not of type '(number|integer)'/, 'A field of JSONata may be computed'],
  ['E1101', /expected str instance, int found/, 'Its message for the same, where a list is on the way there'],
];

(hasCfnLint() ? test : test.skip)('cfn-lint finds nothing wrong with the templates, ours and those for GitHub', () => {
  const files = shapes.flatMap(({ app }) => app.synth().stacks.map(({ templateFullPath }) => templateFullPath));
  const { stdout, stderr } = spawnSync('cfn-lint', ['--format', 'json', '--', ...files, 'deploy/*.yaml'], {
    encoding: 'utf8',
    maxBuffer: 256 * 1024 * 1024,
  });
  if (!stdout.trim().startsWith('[')) throw new Error(`cfn-lint says no JSON: ${stdout}${stderr}`);
  const found = JSON.parse(stdout) as { Rule: { Id: string }; Message: string; Filename: string }[];

  const unexpected = found
    .filter(({ Rule, Message }) => !EXPECTED.some(([id, message]) => id === Rule.Id && message.test(Message)))
    .map(({ Rule, Message, Filename }) => `${Rule.Id} ${Filename}: ${Message}`);
  expect(unexpected).toEqual([]);
});
