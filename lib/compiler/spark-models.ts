/**
 * Models that run on EMR Serverless: Spark SQL, or a function in Python, over staged Parquet. Of the SQL DuckDB is asked how it reads and,
 * where no columns are declared, what comes of it.
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { type Problem, show } from '../pipeline/errors';
import type { Duration, Model, PySparkModel, SparkJob, SparkWorker, SqlModel } from '../pipeline/types';
import type { Catalog } from './duckdb';
import { declareColumns } from './redshift-models';
import { describeSql, SqlError } from './sql';

export interface SparkModel {
  /** as it was written, without what stands behind its end */
  readonly sql?: string;
  /** a module beside `pipeline.ts` */
  readonly python?: string;
  readonly job: Required<SparkJob>;
}

const MINUTE = 60;
/** An account may have 16 vCPUs at once unless it asks for more: these are 14. */
const DEFAULTS = {
  driver: { vcpu: 2, memoryGb: 8 },
  executor: { vcpu: 4, memoryGb: 16 },
  maxExecutors: 3,
  timeout: { seconds: 60 * MINUTE },
} as const satisfies { driver: SparkWorker; executor: SparkWorker; maxExecutors: number; timeout: Duration };

export const runsOnSpark = (model: Model | undefined): model is SqlModel | PySparkModel =>
  model?.kind === 'pyspark' || (model?.kind === 'sql' && model.engine === 'spark');

export const inputsOfPython = ({ from }: Pick<PySparkModel, 'from'>): readonly string[] =>
  typeof from === 'string' ? [from] : [...new Set(from)];

export function sparkModelOf(model: SqlModel | PySparkModel, written: string | undefined): SparkModel {
  return {
    ...(model.kind === 'pyspark' ? { python: moduleOf(model.file) } : { sql: written! }),
    job: { ...DEFAULTS, ...model.spark },
  };
}

const moduleOf = (file: string): string => path.basename(file, '.py');

/** Only that the file is there and has the function: nobody needs a Python to compile. */
export async function pythonProblems(name: string, { file }: PySparkModel, folder: string): Promise<Problem[]> {
  const field = `models.${name}`;
  let code: string;
  try {
    code = await readFile(path.resolve(folder, file), 'utf8');
  } catch {
    const rule = `there is no such file in ${path.relative(process.cwd(), folder) || '.'}`;
    return [{ field, value: show(file), rule, remedy: 'Create it, or correct its name.' }];
  }
  if (/^def\s+model\s*\(/m.test(code)) return [];
  const rule = 'it has no function model(spark, inputs)';
  const remedy = `Write e.g. def model(spark, inputs): return inputs['registry'].`;
  return [{ field: `${field} (${file})`, rule, remedy }];
}

/** @throws {SqlError} */
export async function describeInSpark(sql: string, catalog: Catalog): Promise<{ name: string; type: string }[]> {
  try {
    return await describeSql(sql, catalog);
  } catch (error) {
    if (!(error instanceof SqlError)) throw error;
    throw new SqlError(error.message, declareColumns('spark'), error.excerpt);
  }
}
