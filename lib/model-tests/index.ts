/** The unit tests of a pipeline's models: small tables in, table out. */
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { runsHaveIntervals } from '../compiler/interval-sql';
import { type CompiledModel, compileModels, sourceColumns } from '../compiler/models';
import { PipelineError, suggest } from '../pipeline/errors';
import type { Pipeline } from '../pipeline/types';
import { type Mistake, TestFileError } from './errors';
import { readTests } from './read-tests';
import { type Outcome, runTest, type TestedModel } from './run-test';

export type { ChangedRow, Difference } from './compare';
export type { Mistake } from './errors';
export type { JudgedRow } from './judge-rows';
export type { Rejected } from './run-row-function';
export { hasPassed, type Outcome } from './run-test';

/** What came of one file. */
export interface TestedFile {
  readonly file: string;
  readonly model: string;
  readonly outcomes: readonly Outcome[];
  /** of the file as a whole: none of its tests ran */
  readonly mistakes: readonly Mistake[];
}

export interface TestedPipeline {
  readonly pipeline: string;
  readonly files: readonly TestedFile[];
  /** models that no file tests */
  readonly untested: readonly string[];
}

const SUFFIX = '.test.yaml';

/**
 * Runs the files `<model>.test.yaml` of a pipeline's folder, or the one of `model`.
 *
 * @throws {PipelineError} for models that do not compile
 * @example const { files } = await testModels(orders, { folder: 'state-machines/orders' });
 */
export async function testModels(
  pipeline: Pipeline,
  { folder, model: only }: { readonly folder: string; readonly model?: string | undefined },
): Promise<TestedPipeline> {
  const { models, problems } = await compileModels(pipeline, folder);
  if (problems.length > 0) throw new PipelineError(pipeline.name, problems);
  const found = await testFiles(folder);
  const files: TestedFile[] = [];
  for (const file of found) {
    const model = path.basename(file, SUFFIX);
    if (only === undefined || only === model) files.push(await testFile(file, model, pipeline, models, folder));
  }
  const tested = new Set(found.map((file) => path.basename(file, SUFFIX)));
  const wanted = models.filter(({ name }) => (only === undefined || only === name) && !isInRedshift(pipeline, name));
  return {
    pipeline: pipeline.name,
    files,
    untested: wanted.filter(({ name }) => !tested.has(name)).map(({ name }) => name),
  };
}

/** Beside the SQL, in whatever folder that is. */
async function testFiles(folder: string): Promise<string[]> {
  const names = await readdir(folder, { recursive: true });
  return names
    .filter((name) => name.endsWith(SUFFIX))
    .map((name) => path.join(folder, name))
    .sort();
}

async function testFile(
  file: string,
  model: string,
  pipeline: Pipeline,
  models: readonly CompiledModel[],
  folder: string,
): Promise<TestedFile> {
  const shown = path.relative(process.cwd(), file);
  const tested = models.find(({ name }) => name === model);
  if (tested === undefined) {
    const rule = `pipeline '${pipeline.name}' has no model '${model}', and the file's name says which model it tests`;
    const known = models.map(({ name }) => name);
    return { file: shown, model, outcomes: [], mistakes: [{ line: 1, rule, remedy: suggest(model, known) }] };
  }
  if (isInRedshift(pipeline, model)) {
    const rule = `${model} runs in Redshift, which divides, rounds and compares otherwise than the engine of tests`;
    const remedy = 'Remove the file; move what is to be tested into a model that it reads.';
    return { file: shown, model, outcomes: [], mistakes: [{ line: 1, rule, remedy }] };
  }
  if (tested.spark !== undefined) {
    const rule = `${model} runs on Spark, which is not the engine of tests`;
    const remedy = 'Remove the file; move what is to be tested into a model that runs in DuckDB.';
    return { file: shown, model, outcomes: [], mistakes: [{ line: 1, rule, remedy }] };
  }
  try {
    const tests = readTests(await readFile(file, 'utf8'), shown);
    const outcomes: Outcome[] = [];
    for (const test of tests) outcomes.push(await runTest(testedModel(tested, pipeline, models, folder), test));
    return { file: shown, model, outcomes, mistakes: [] };
  } catch (error) {
    if (error instanceof TestFileError) return { file: shown, model, outcomes: [], mistakes: error.mistakes };
    throw error;
  }
}

function isInRedshift({ models }: Pipeline, name: string): boolean {
  const model = models[name];
  return model?.kind === 'sql' && model.engine === 'redshift';
}

function testedModel(
  model: CompiledModel,
  pipeline: Pipeline,
  models: readonly CompiledModel[],
  folder: string,
): TestedModel {
  const columnsOf = (input: string) => {
    const source = pipeline.sources[input];
    return source ? sourceColumns(source) : models.find(({ name }) => name === input)!.columns;
  };
  const { rowFunction, ...rest } = model;
  return {
    ...rest,
    ...(rowFunction === undefined
      ? {}
      : { rowFunction: { model: rowFunction, file: path.resolve(folder, rowFunction.file) } }),
    inputs: model.inputs.map((name) => ({ name, columns: columnsOf(name) })),
    isFused: model.fusedInto !== undefined,
    hasInterval: runsHaveIntervals(pipeline),
  };
}
