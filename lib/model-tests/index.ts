/** The unit tests of a pipeline's models: small tables in, table out. */
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { runsHaveIntervals } from '../compiler/interval-sql';
import { type CompiledModel, compileModels, sourceColumns } from '../compiler/models';
import { PipelineError, suggest } from '../pipeline/errors';
import type { Pipeline } from '../pipeline/types';
import { type Mistake, TestFileError } from './errors';
import { type ModelTest, readTests } from './read-tests';
import { type Outcome, outcomeOf, prepareTest, runTest, type TestedModel } from './run-test';

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
  /** why none of them could run on this machine, and what to do */
  readonly skipped?: string;
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
  const read: ReadFile[] = [];
  for (const file of found) {
    const model = path.basename(file, SUFFIX);
    if (only === undefined || only === model) read.push(await readTestFile(file, model, pipeline, models, folder));
  }
  const onSpark = await testOnSpark(read, folder);
  const files: TestedFile[] = [];
  for (const one of read) files.push(onSpark.get(one) ?? (await testFile(one)));
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

/** What is to be tested, or why it cannot be. */
interface ReadFile {
  readonly file: string;
  readonly model: string;
  readonly tested?: TestedModel;
  readonly tests: readonly ModelTest[];
  readonly mistakes: readonly Mistake[];
}

async function testFile({ file, model, tested, tests, mistakes }: ReadFile): Promise<TestedFile> {
  const outcomes: Outcome[] = [];
  for (const test of tests) outcomes.push(await runTest(tested!, test));
  return { file, model, outcomes, mistakes };
}

/** Those of models on Spark: one Spark for all of them, as it takes seconds to start. */
async function testOnSpark(read: readonly ReadFile[], folder: string): Promise<Map<ReadFile, TestedFile>> {
  const files = read.filter(({ tested }) => tested?.spark !== undefined);
  if (files.length === 0) return new Map();
  // What it needs of tasks takes time to load.
  const { findSpark, INSTALL_SPARK } = await import('../local/services/emr-serverless/find-spark');
  const spark = findSpark();
  if (!spark) {
    const skipped = `no Spark is installed on this machine: ${INSTALL_SPARK}`;
    return new Map(
      files.map((one) => [one, { file: one.file, model: one.model, outcomes: [], mistakes: [], skipped }]),
    );
  }
  const { runOnSpark } = await import('./run-on-spark');
  const prepared = files.map(({ tested, tests }) => tests.map((test) => prepareTest(tested!, test)));
  const sound = prepared.flat().filter(({ mistakes }) => mistakes.length === 0);
  const results = sound.length === 0 ? [] : await runOnSpark(sound, spark, folder);
  const resultOf = new Map(sound.map((test, index) => [test, results[index]!]));
  return new Map(
    files.map((one, index) => {
      const outcomes = prepared[index]!.map((test) => outcomeOf(test, resultOf.get(test) ?? { error: '' }));
      return [one, { file: one.file, model: one.model, outcomes, mistakes: [] }];
    }),
  );
}

async function readTestFile(
  file: string,
  model: string,
  pipeline: Pipeline,
  models: readonly CompiledModel[],
  folder: string,
): Promise<ReadFile> {
  const shown = path.relative(process.cwd(), file);
  const tested = models.find(({ name }) => name === model);
  if (tested === undefined) {
    const rule = `pipeline '${pipeline.name}' has no model '${model}', and the file's name says which model it tests`;
    const known = models.map(({ name }) => name);
    return { file: shown, model, tests: [], mistakes: [{ line: 1, rule, remedy: suggest(model, known) }] };
  }
  if (isInRedshift(pipeline, model)) {
    const rule = `${model} runs in Redshift, which divides, rounds and compares otherwise than the engine of tests`;
    const remedy = 'Remove the file; move what is to be tested into a model that it reads.';
    return { file: shown, model, tests: [], mistakes: [{ line: 1, rule, remedy }] };
  }
  try {
    const tests = readTests(await readFile(file, 'utf8'), shown);
    return { file: shown, model, tested: testedModel(tested, pipeline, models, folder), tests, mistakes: [] };
  } catch (error) {
    if (error instanceof TestFileError) return { file: shown, model, tests: [], mistakes: error.mistakes };
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
