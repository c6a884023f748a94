/** Begins a pipeline: a folder of `state-machines/` that compiles, with its model, a test of it, and sample data. */
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { append, bigint, csv, definePipeline, landedFiles, redshift, s3Arrival, sql } from '../pipeline';
import { isReservedSchema } from '../pipeline/words';
import { ScaffoldError } from './errors';
import { inferContract } from './infer-contract';
import { tableNameOf } from './names';
import { readSample } from './read-sample';
import { csvFiles } from './templates/csv';
import type { Files, TemplateNames } from './templates/names';
import { type RowTemplate, rowFiles } from './templates/rows';

export const SOURCES = ['csv', 'http', 'mysql', 'postgres', 'dynamodb', 'stream'] as const;
export type SourceTemplate = 'csv' | RowTemplate;

export interface NewPipeline {
  readonly name: string;
  readonly source: SourceTemplate;
  /** a CSV file to read the contract off; absent: one that is made up */
  readonly from?: string;
  /** holds a folder for each pipeline */
  readonly parent: string;
  /** of the project */
  readonly lib: string;
}

export interface Begun {
  readonly folder: string;
  readonly files: readonly string[];
  /** `flights.flights` */
  readonly table: string;
  /** what of the contract is a guess, a sentence each */
  readonly notes: readonly string[];
}

/**
 * Writes the folder, and nothing where there is one.
 *
 * @throws {PipelineError} for a name that no pipeline can have, {ScaffoldError} for a file that is no CSV
 * @example await newPipeline({ name: 'flights', source: 'csv', from: 'flights-2026.csv', parent: 'state-machines', lib: 'lib' });
 */
export async function newPipeline({ name, source, from, parent, lib }: NewPipeline): Promise<Begun> {
  refuseName(name);
  const folder = path.join(parent, name);
  const shown = path.relative(process.cwd(), folder);
  if (existsSync(folder)) {
    throw new ScaffoldError(`${shown} is there already, and stays as it is. Choose another name, or remove it first.`);
  }
  const names = namesOf(name, path.relative(folder, lib).replaceAll(path.sep, '/'));
  const { files, notes } = await filesOf(names, source, from);
  await mkdir(folder, { recursive: true });
  for (const [file, content] of Object.entries(files))
    await writeFile(path.join(folder, file), content, { flag: 'wx' });
  return {
    folder,
    files: Object.keys(files).map((file) => path.join(shown, file)),
    table: `${names.schema}.${names.model}`,
    notes,
  };
}

/** By the rules of `definePipeline`, in its words. */
function refuseName(name: string): void {
  definePipeline({
    name,
    trigger: s3Arrival('files/*.csv'),
    sources: { lines: landedFiles({ glob: 'files/*.csv', format: csv(), columns: { id: bigint() } }) },
    models: { rows_of_lines: sql.text('SELECT id FROM lines') },
    sinks: [redshift({ model: 'rows_of_lines', table: 'lines.lines', write: append() })],
  });
}

function namesOf(pipeline: string, lib: string): TemplateNames {
  const model = tableNameOf(pipeline);
  return {
    pipeline,
    model,
    source: `raw_${model}`,
    schema: isReservedSchema(model) ? `of_${model}` : model,
    lib: lib.startsWith('.') ? lib : `./${lib}`,
  };
}

async function filesOf(
  names: TemplateNames,
  source: SourceTemplate,
  from: string | undefined,
): Promise<{ files: Files; notes: readonly string[] }> {
  if (source !== 'csv') {
    if (from !== undefined) throw new ScaffoldError('--from reads a CSV file, so it goes with --source csv.');
    return { files: rowFiles(source, names), notes: ['Its columns stand for yours: replace them in pipeline.ts.'] };
  }
  const sample = from === undefined ? MADE_UP : await readSample(from);
  const contract = inferContract(sample);
  return { files: csvFiles(names, sample, contract), notes: contract.notes };
}

const ROWS = Array.from({ length: 24 }, (_, index) => [
  String(index + 1),
  `Sample ${index + 1}`,
  ((index + 1) * 0.37).toFixed(2),
  `2026-01-${String(index + 1).padStart(2, '0')}T10:00:00Z`,
]);
const RECORDS = [['id', 'name', 'amount', 'updated_at'], ...ROWS];

const MADE_UP = {
  name: 'made-up.csv',
  delimiter: ',',
  records: RECORDS,
  misfits: 0,
  isCut: false,
  beginning: Buffer.from(RECORDS.map((record) => `${record.join(',')}\n`).join('')),
  misfitsInBeginning: 0,
};
