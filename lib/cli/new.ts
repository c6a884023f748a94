/** `npx stepwell new pipeline`: the files, what was guessed, and what comes next. */
import { spawnSync } from 'node:child_process';
import { rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { compile, contractsOf, writeContracts } from '../compiler';
import { UserError } from '../operate/errors';
import { compatiblePipelines, PIPELINES, PROJECT_ROOT } from '../operate/pipelines';
import { newPipeline, type SourceTemplate } from '../scaffold';
import { aslText } from './compile';
import { printer } from './printer';
import { bold, green, yellow } from './terminal';

export interface NewOptions {
  readonly json: boolean;
  readonly source: SourceTemplate;
  readonly from?: string;
  /** holds a folder for each pipeline; `state-machines/` unless told */
  readonly parent?: string;
}

export async function beginPipeline(name: string, options: NewOptions): Promise<void> {
  const { source, from, parent = PIPELINES } = options;
  const begun = await newPipeline({
    name,
    source,
    parent,
    lib: path.join(PROJECT_ROOT, 'lib'),
    ...(from === undefined ? {} : { from }),
  });
  format(begun.folder);
  const asl = path.join(begun.folder, 'state-machine.asl.json');
  const contracts: string[] = [];
  try {
    const one = (await compatiblePipelines(parent)).find(({ folder }) => folder === begun.folder);
    if (one === undefined) throw new UserError(`${begun.folder} holds no pipeline.`);
    const { definition } = await compile(one.pipeline, { folder: one.folder });
    await writeFile(asl, aslText(definition));
    contracts.push(...(await writeContracts([one], await contractsOf([one]))));
  } catch (error) {
    await rm(begun.folder, { recursive: true });
    throw error;
  }
  const files = [...begun.files, ...[...contracts, asl].map((file) => path.relative(process.cwd(), file))];
  const next = nextSteps(name, begun.table, options);
  printer(options).print({ pipeline: name, ...begun, files }, () => [
    ...files.map((file) => `${green('✔')} ${file}`),
    ...begun.notes.map((note) => `${yellow('!')} ${note}`),
    '',
    bold('Next:'),
    ...next.map((line) => `  ${line}`),
  ]);
}

/** As `npm run lint` wants it. Without the development dependencies it is left as the templates have it. */
function format(folder: string): void {
  const biome = path.join(PROJECT_ROOT, 'node_modules/@biomejs/biome/bin/biome');
  spawnSync(process.execPath, [biome, 'check', '--write', folder], { cwd: PROJECT_ROOT, stdio: 'ignore' });
}

function nextSteps(name: string, table: string, { source, from }: NewOptions): string[] {
  const steps: [command: string, why: string][] = [
    [`npx stepwell test ${name}`, 'the test of its model'],
    ['npm start', START[source] ?? 'stays up; Ctrl-C ends it'],
    [goOn(name, source, from), 'in another terminal'],
    [`npx stepwell query "SELECT * FROM ${table} LIMIT 10"`, ''],
  ];
  const width = Math.max(...steps.map(([command]) => command.length));
  return steps.map(([command, why]) => (why === '' ? command : `${command.padEnd(width)}  # ${why}`));
}

const START: Partial<Record<SourceTemplate, string>> = {
  csv: 'loads the sample rows, and stays up',
  stream: 'puts the sample records on the stream, and stays up',
};

function goOn(name: string, source: SourceTemplate, from: string | undefined): string {
  if (source === 'csv') return `npx stepwell drop ${from === undefined ? '<file>' : quoted(from)} --pipeline ${name}`;
  return source === 'stream' ? `npx stepwell put ${name} <file.ndjson> --key id` : `npx stepwell run ${name}`;
}

/** As a shell takes it. */
const quoted = (file: string): string => (/^[\w./@%+,:=-]+$/.test(file) ? file : `'${file.replaceAll("'", "'\\''")}'`);
