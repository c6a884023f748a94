/**
 * The same model over the same Parquet by the function `transform` (DuckDB) and by the Spark job of models on EMR Serverless, with what
 * each would cost by AWS's prices. Spark reads local files, the function reads S3 of a process beside it.
 */
import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, totalmem } from 'node:os';
import { join, resolve } from 'node:path';
import { sparkColumn } from '../../lambdas/transform-spark/plan-job';
import { bundle } from '../../lib/constructs/bundle';
import { pricesOf } from '../../lib/cost/prices';
import { findSpark, NO_SPARK, type Spark } from '../../lib/local/services/emr-serverless/find-spark';
import type { JobPlan } from '../../lib/tasks/transform-spark';
import { round } from './goals';
import { CUSTOMERS, eventFor, FACTS, type Files, RESULT, SQL, stage, writeInputs } from './join';
import { runGroup } from './process-group';
import { median } from './processes';
import { openTaskBench } from './tasks';

export interface Engine {
  /** of the result */
  readonly rows: number;
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly peakMb: number;
  /** what AWS bills, and takes for it */
  readonly billedSeconds: number;
  readonly usd: number;
}

export interface Scaled {
  readonly facts: number;
  readonly megabytes: number;
  readonly duckdb: Engine;
  /** absent: none is installed here */
  readonly spark?: Engine;
}

const DIMENSION_ROWS = 100_000;
/** As functions with DuckDB have it unless told. */
const FUNCTION_MB = 2048;
/** Lambda gives one processor for so much. */
const MB_OF_A_PROCESSOR = 1769;
/** A job's driver unless told, which EMR Serverless bills beside its executors. */
const DRIVER = { vcpu: 2, memoryGb: 8 };
const GB_OF_A_VCPU = 4;
/** EMR Serverless bills a worker for a minute at least. */
const LEAST_SPARK_SECONDS = 60;
/** The seconds of a machine that does as much besides say nothing. */
const BUSY = availableParallelism();
const { prices } = pricesOf('us-east-1');
/** Of other programs, before anything was measured. */
let load = 0;

export async function measureScaling(sizes: readonly number[], repeats: number): Promise<Scaled[]> {
  load = loadavg()[0]!;
  const spark = findSpark();
  if (spark === undefined) console.error(NO_SPARK);
  const found: Scaled[] = [];
  for (const facts of sizes) found.push(await measureSize(facts, repeats, spark));
  return found;
}

async function measureSize(facts: number, repeats: number, spark: Spark | undefined): Promise<Scaled> {
  const bench = await openTaskBench('scaling');
  try {
    const files = await writeInputs(bench.folder, facts, DIMENSION_ROWS);
    const event = eventFor(await stage(bench.s3, bench.folder, files));
    const task = bundle('transform');
    const [functions, jobs]: [Ran[], Ran[]] = [[], []];
    for (let repeat = 0; repeat < repeats; repeat++) {
      const { ms, cpuMs, peakMb, output } = await bench.run(task, event, {
        AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(FUNCTION_MB),
      });
      functions.push({ rows: output.rows, seconds: ms / 1000, cpuSeconds: cpuMs / 1000, peakMb });
      if (spark) jobs.push(await runJob(spark, bench.folder, files));
    }
    const bytes = Object.values(files)
      .flat()
      .reduce((sum: number, path: string) => sum + statSync(path).size, 0);
    return {
      facts,
      megabytes: bytes / 1e6,
      duckdb: billed(functions, functionCost),
      ...(spark ? { spark: billed(jobs, jobCost) } : {}),
    };
  } finally {
    await bench.close();
  }
}

interface Ran {
  readonly rows: number;
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly peakMb: number;
}

/** The job itself, by a Spark that has all of this machine, as the local EMR Serverless runs it. */
async function runJob(spark: Spark, folder: string, files: Files): Promise<Ran> {
  const address = (path: string) => `file://${path}`;
  const input = (name: keyof Files, columns: typeof FACTS) => ({
    name,
    columns: columns.map(sparkColumn),
    files: files[name].map(address),
  });
  const plan: JobPlan = {
    model: 'by_city',
    sql: SQL,
    inputs: [input('facts', FACTS), input('customers', CUSTOMERS)],
    columns: RESULT.map(sparkColumn),
  };
  const planFile = join(folder, 'plan.json');
  const output = join(folder, 'spark');
  rmSync(output, { recursive: true, force: true });
  writeFileSync(planFile, JSON.stringify(plan));
  const heapMb = Math.floor(Math.min(8 * 1024, totalmem() / 1024 / 1024 / 2));
  const measured = await runGroup(
    [
      spark.submit,
      ...['--master', `local[${availableParallelism()}]`, '--driver-memory', `${heapMb}m`],
      ...['--conf', 'spark.ui.enabled=false', '--conf', `spark.local.dir=${join(folder, 'scratch')}`],
      ...['--conf', 'spark.driver.host=127.0.0.1', '--conf', 'spark.driver.bindAddress=127.0.0.1'],
      resolve('lambdas/transform-spark/job/run_model.py'),
      ...[address(planFile), address(output)],
    ],
    {
      ...(spark.home === undefined ? {} : { SPARK_HOME: spark.home }),
      ...(spark.python === undefined ? {} : { PYSPARK_PYTHON: spark.python, PYSPARK_DRIVER_PYTHON: spark.python }),
      SPARK_LOCAL_IP: '127.0.0.1',
      PYTHONDONTWRITEBYTECODE: '1',
    },
  );
  const result = JSON.parse(readFileSync(join(output, '_result.json'), 'utf8')) as { rows?: number; error?: string };
  if (result.rows === undefined) throw new Error(`The job failed: ${result.error}`);
  return { rows: result.rows, ...measured };
}

function billed(runs: readonly Ran[], costOf: (ran: Ran) => Pick<Engine, 'billedSeconds' | 'usd'>): Engine {
  const ran = {
    rows: runs[0]!.rows,
    seconds: median(runs.map(({ seconds }) => seconds)),
    cpuSeconds: median(runs.map(({ cpuSeconds }) => cpuSeconds)),
    peakMb: Math.max(...runs.map(({ peakMb }) => peakMb)),
  };
  return { ...ran, ...costOf(ran) };
}

/** It has fewer processors than this machine: what they have done takes it longer. */
function functionCost({ seconds, cpuSeconds }: Ran) {
  const billedSeconds = Math.max(seconds, cpuSeconds / (FUNCTION_MB / MB_OF_A_PROCESSOR));
  return { billedSeconds, usd: billedSeconds * (FUNCTION_MB / 1024) * prices.lambdaGbSecond + prices.lambdaRequest };
}

/** A driver, and an executor with the processors of this machine. */
function jobCost({ seconds }: Ran) {
  const billedSeconds = Math.max(LEAST_SPARK_SECONDS, Math.ceil(seconds));
  const vcpu = DRIVER.vcpu + availableParallelism();
  const memoryGb = DRIVER.memoryGb + availableParallelism() * GB_OF_A_VCPU;
  const hours = billedSeconds / 3600;
  return { billedSeconds, usd: hours * (vcpu * prices.sparkVcpuHour + memoryGb * prices.sparkGbHour) };
}

/** A row for each engine. */
export const tableOf = ({ facts, megabytes, duckdb, spark }: Scaled): object[] =>
  [
    { engine: 'DuckDB', ...duckdb },
    { engine: 'Spark', ...spark },
  ]
    .filter((one) => 'rows' in one)
    .map(({ engine, seconds, cpuSeconds, peakMb, billedSeconds, usd }: Partial<Engine> & { engine: string }) => ({
      facts,
      MB: megabytes,
      engine,
      seconds,
      'cpu s': cpuSeconds,
      'peak MB': peakMb,
      'billed s': billedSeconds,
      'USD for 1,000': usd! * 1000,
    }));

const DOCS = resolve('docs/scaling.md');
const [BEGIN, END] = ['<!-- measured: npm run bench -- --section scaling --docs -->', '<!-- end -->'];

export function writeDocs(sizes: readonly Scaled[]): void {
  const text = readFileSync(DOCS, 'utf8');
  const [before, rest] = text.split(BEGIN);
  const after = rest?.split(END)[1];
  if (after === undefined) throw new Error(`${DOCS} has no place for the table: ${BEGIN} … ${END}`);
  writeFileSync(DOCS, `${before}${BEGIN}\n\n${markdown(sizes)}\n\n${END}${after}`);
}

function markdown(sizes: readonly Scaled[]): string {
  const rows = sizes.flatMap(({ facts, megabytes, duckdb, spark }) =>
    [
      { engine: 'DuckDB in one Lambda', of: duckdb },
      { engine: 'Spark', of: spark },
    ].flatMap(({ engine, of }) =>
      of === undefined
        ? []
        : [
            `| ${facts.toLocaleString('en')} | ${Math.round(megabytes)} MB | ${engine} | ${digits(of.seconds)} s | ${digits(of.cpuSeconds)} s | ${Math.round(of.peakMb)} MiB | ${digits(of.billedSeconds)} s | ${digits(of.usd * 1000)} |`,
          ],
    ),
  );
  return [
    `On ${availableParallelism()} processors (${cpus()[0]?.model.trim() || process.arch}), ${Math.round(totalmem() / 2 ** 30)} GiB, with a load of ${digits(load)} by other programs, ${new Date().toISOString().slice(0, 10)}; prices of us-east-1, ${pricesOf('us-east-1').asOf}.${load > BUSY ? ' On a machine so busy only processor time and memory say something.' : ''}`,
    '',
    '| rows | staged | engine | time | processor time | peak memory | billed | USD for 1,000 runs |',
    '| ---: | ---: | --- | ---: | ---: | ---: | ---: | ---: |',
    ...rows,
  ].join('\n');
}

const digits = (value: number): string => String(round(value));
