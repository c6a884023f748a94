import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { PROJECT_ROOT } from '../../lib/constructs/cache';
import { createApp } from '../../lib/stacks/app';
import { isExpected } from '../../lib/stacks/expected-errors';

process.env.CDK_VALIDATION = 'false';

let folder: string;
beforeEach(() => {
  // Within the project, so that its imports find `lib/pipeline` and its files are transformed.
  folder = mkdtempSync(join(PROJECT_ROOT, 'test/stacks/.pipelines-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

function pipeline(name: string, source: string): void {
  mkdirSync(join(folder, name));
  writeFileSync(join(folder, name, 'pipeline.ts'), source);
}

const DEFINITION = (name: string, model: string) => `
import { append, bigint, csv, definePipeline, landedFiles, lake, s3Arrival, sql, text } from '../../../../lib/pipeline';
export default definePipeline({
  name: '${name}',
  trigger: s3Arrival('${name}/*.csv'),
  sources: { lines: landedFiles({ glob: '${name}/*.csv', format: csv(), columns: { id: bigint(), place: text(20) } }) },
  models: { rows: sql.text('${model}') },
  sinks: [lake({ model: 'rows', table: 'rows', write: append(), partitionBy: ['place'] })],
});
`;

test('each folder with a pipeline.ts becomes a stack beside the foundation', async () => {
  pipeline('harbours', DEFINITION('harbours', 'select id, place from lines'));
  pipeline('notes-only', '');
  rmSync(join(folder, 'notes-only', 'pipeline.ts'));

  const app = await createApp({ folder, outdir: join(folder, 'out') });

  expect(app.synth().stacks.map(({ stackName }) => stackName)).toEqual(['Stepwell-Foundation', 'Stepwell-Harbours']);
});

test('a mistake in a pipeline is an error that says all to whoever made it', async () => {
  pipeline('harbours', DEFINITION('harbours', 'select id, plaice from lines'));

  const error = await createApp({ folder, outdir: join(folder, 'out') }).catch((reason: unknown) => reason);

  expect(isExpected(error)).toBe(true);
  expect(String(error)).toMatch(/Pipeline 'harbours'[\s\S]*plaice/);
});

test('two pipelines whose stacks would have one name are told', async () => {
  pipeline('v-1', DEFINITION('v-1', 'select id, place from lines'));
  pipeline('v1', DEFINITION('v1', 'select id, place from lines'));

  const at = relative(process.cwd(), folder);
  await expect(createApp({ folder, outdir: join(folder, 'out') })).rejects.toThrow(
    `name is 'v1': the stack of pipeline 'v-1' (${at}/v-1) is called Stepwell-V1 as well as that of pipeline 'v1' (${at}/v1). Rename one of them.`,
  );
});

test('a table that two pipelines write is refused before there is a template', async () => {
  const intoRedshift = (name: string) =>
    DEFINITION(name, 'select id, place from lines')
      .replace(/lake\(.*\)\]/, "redshift({ model: 'rows', table: 'shop.rows', write: append() })]")
      .replace('lake,', 'redshift,');
  pipeline('harbours', intoRedshift('harbours'));
  pipeline('ports', intoRedshift('ports'));

  const error = await createApp({ folder, outdir: join(folder, 'out') }).catch((reason: unknown) => reason);

  expect(isExpected(error)).toBe(true);
  expect(String(error)).toMatch(
    /'shop\.rows': pipeline 'harbours' \(.*\/harbours\) and pipeline 'ports' \(.*\/ports\)/,
  );
  expect(existsSync(join(folder, 'out'))).toBe(false);
});

describe('a named environment', () => {
  const templatesOnly = { 'aws:cdk:disable-asset-staging': true, 'aws:cdk:disable-stack-trace': true };
  const context = {
    ...templatesOnly,
    'stepwell:env': 'prod',
    'stepwell:environments': {
      prod: { account: '111122223333', region: 'eu-central-1', alertEmails: ['prod@example.com'], disposable: true },
    },
  };
  const physical = /^(?!stepwell:pipeline).*(Name|Identifier)$/;
  const namesIn = (template: object): string[] => {
    const found: string[] = [];
    JSON.parse(JSON.stringify(template), (key, value) => {
      if (physical.test(key) && typeof value === 'string') found.push(value);
      return value;
    });
    return found;
  };

  test('can lie beside the unnamed one in an account: what has a name of its own has another', async () => {
    pipeline('harbours', DEFINITION('harbours', 'select id, place from lines'));
    const synthesized = async (outdir: string, given: Record<string, unknown>) => {
      const { stacks } = (await createApp({ folder, outdir: join(folder, outdir), context: given })).synth();
      return stacks.map(({ stackName, environment, template }) => ({ stackName, environment, template }));
    };
    const unnamed = await synthesized('out', templatesOnly);
    const prod = await synthesized('out-prod', context);

    expect(prod.map(({ stackName }) => stackName)).toEqual(['Stepwell-Prod-Foundation', 'Stepwell-Prod-Harbours']);
    expect(prod[0]!.environment).toMatchObject({ account: '111122223333', region: 'eu-central-1' });
    expect(prod.map(({ template }) => template.Outputs.Environment)).toEqual([{ Value: 'prod' }, { Value: 'prod' }]);
    const own = unnamed.flatMap(({ template }) => namesIn(template)).filter((name) => /stepwell/i.test(name));
    const others = new Set(prod.flatMap(({ template }) => namesIn(template)));
    expect(own.length).toBeGreaterThan(20);
    // A database's name is its cluster's own affair.
    expect([...new Set(own.filter((name) => others.has(name)))]).toEqual(['stepwell']);
    expect(others).toContain('prod_harbours');
    expect(others).toContain('/stepwell_prod/harbours/admit');
  });

  test('has its own addresses in place of those of the pipelines', async () => {
    pipeline(
      'harbours',
      DEFINITION('harbours', 'select id, place from lines').replace(
        '});\n',
        "  alerts: { email: ['dev@example.com'] },\n});\n",
      ),
    );
    const { stacks } = (await createApp({ folder, outdir: join(folder, 'out'), context })).synth();

    const addresses = stacks.map(({ template }) =>
      Object.values(template.Resources as Record<string, { Type: string; Properties: { Endpoint?: string } }>)
        .filter(({ Type }) => Type === 'AWS::SNS::Subscription')
        .map(({ Properties }) => Properties.Endpoint),
    );
    expect(addresses).toEqual([['prod@example.com'], ['prod@example.com']]);
  });
});
