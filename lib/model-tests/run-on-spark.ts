/**
 * Runs tests of models on Spark, all of them in one: the job that EMR Serverless runs, with a plan for each test, over Parquet as DuckDB
 * stages it, in local mode on one processor.
 */
import { spawn } from 'node:child_process';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { openEngine, PARQUET_OPTIONS, quoteText, storedColumns } from '../../lambdas/shared/duckdb';
import { jobPlan } from '../../lambdas/transform-spark/plan-job';
import { piecesOf } from '../compiler/redshift-models';
import type { Spark } from '../local/services/emr-serverless/find-spark';
import { RESULT_FILE } from '../tasks/transform-spark';
import { actualRows, type Failed, type Made, type PreparedTest, tableSql } from './run-test';

const SCRIPT = path.resolve(__dirname, '../../lambdas/transform-spark/job/run_model.py');
const MEMORY_MB = 512;
const CONFS = {
  'spark.ui.enabled': 'false',
  'spark.driver.host': '127.0.0.1',
  'spark.driver.bindAddress': '127.0.0.1',
  'spark.sql.shuffle.partitions': '1',
  // It lives for seconds: the second compiler would take as many.
  'spark.driver.extraJavaOptions': '-XX:TieredStopAtLevel=1 -XX:+UseSerialGC',
};
/** Of what Spark says, where it ends without a word on a test. */
const TOLD_LINES = 5;

/** `modules`: the folder of the pipeline's Python. In the order of the tests. */
export async function runOnSpark(
  tests: readonly PreparedTest[],
  spark: Spark,
  modules: string,
): Promise<(Made | Failed)[]> {
  const engine = await openEngine({ threads: 1, memoryMb: MEMORY_MB });
  const connection = await engine.connect();
  try {
    const folders: string[] = [];
    for (const [index, test] of tests.entries()) {
      const folder = path.join(engine.folder, `test-${index}`);
      await mkdir(folder);
      const rowsOf = (name: string) => test.given.get(name)!.rows;
      // Of an input without rows there is no file, as in a run.
      const plan = jobPlan(modelOf(test), test.test.interval, ({ name }) =>
        rowsOf(name).length === 0 ? [] : [path.join(folder, `${name}.parquet`)],
      );
      await writeFile(path.join(folder, 'plan.json'), JSON.stringify(plan));
      for (const { name, columns } of test.inputs) {
        if (rowsOf(name).length === 0) continue;
        const rows = `FROM (${tableSql(columns, rowsOf(name))})`;
        const file = quoteText(path.join(folder, `${name}.parquet`));
        await connection.run(`COPY (SELECT ${storedColumns(columns)} ${rows}) TO ${file} ${PARQUET_OPTIONS}`);
      }
      folders.push(folder);
    }
    const said = await perform(spark, folders, modules, engine.folder);
    const results: (Made | Failed)[] = [];
    for (const [index, { model, columns }] of tests.entries()) {
      const made = path.join(folders[index]!, 'made');
      const result = await resultIn(made);
      if (result === undefined) results.push({ error: `Spark ended before it was done: ${said}` });
      else if (result.error !== undefined) results.push({ error: result.error });
      else {
        const files = await partsIn(made);
        const relation = `read_parquet([${files.map(quoteText).join(', ')}], hive_partitioning = false)`;
        const rows = files.length === 0 ? [] : await actualRows(connection, relation, model.columns, columns);
        results.push({ rows, rejected: [] });
      }
    }
    return results;
  } finally {
    connection.closeSync();
    await engine.close();
  }
}

function modelOf({ model: { name, spark, columns }, inputs }: PreparedTest) {
  const { sql, python } = spark!;
  const code = sql === undefined ? { python: python! } : { sql: piecesOf(sql) };
  return {
    name,
    ...code,
    columns: [...columns],
    inputs: inputs.map((input) => ({ ...input, columns: [...input.columns] })),
  };
}

/** The last that it has said. */
function perform(spark: Spark, folders: readonly string[], modules: string, cwd: string): Promise<string> {
  const { PYTHONPATH } = process.env;
  const env = {
    ...process.env,
    ...(spark.home === undefined ? {} : { SPARK_HOME: spark.home }),
    ...(spark.python === undefined ? {} : { PYSPARK_PYTHON: spark.python, PYSPARK_DRIVER_PYTHON: spark.python }),
    PYTHONPATH: [modules, ...(PYTHONPATH ? [PYTHONPATH] : [])].join(path.delimiter),
    PYTHONDONTWRITEBYTECODE: '1',
    SPARK_LOCAL_IP: '127.0.0.1',
  };
  const args = [
    ...['--master', 'local[1]', '--driver-memory', '1g'],
    ...Object.entries(CONFS).flatMap(([name, value]) => ['--conf', `${name}=${value}`]),
    SCRIPT,
    ...folders.flatMap((folder) => [path.join(folder, 'plan.json'), path.join(folder, 'made')]),
  ];
  return new Promise((resolve, reject) => {
    const child = spawn(spark.submit, args, { cwd, env, stdio: ['ignore', 'ignore', 'pipe'] });
    let last: string[] = [];
    let rest = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop()!;
      last = [...last, ...lines.filter((line) => !/ (INFO|WARN) /.test(line) && line.trim() !== '')].slice(-TOLD_LINES);
    });
    child.on('error', reject);
    child.on('close', () => resolve([...last, rest].join('\n').trim()));
  });
}

async function resultIn(folder: string): Promise<{ readonly error?: string } | undefined> {
  try {
    return JSON.parse(await readFile(path.join(folder, RESULT_FILE), 'utf8')) as { readonly error?: string };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** In the order of Spark's partitions, and so of the rows. */
const partsIn = async (folder: string): Promise<string[]> =>
  (await readdir(folder))
    .filter((name) => name.startsWith('part-'))
    .sort()
    .map((name) => path.join(folder, name));
