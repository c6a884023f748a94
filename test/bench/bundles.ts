/** Each bundle's size, and how long a fresh process takes to load it, beside a handler that imports nothing. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundle, bundleAll } from '../../lib/constructs/bundle';
import { median } from './processes';

export interface BundleResult {
  readonly task: string;
  /** beyond logger, metrics and validation, as far as it matters for loading */
  readonly uses: 'nothing' | 'no S3' | 'S3' | 'S3, other services' | 'S3, DuckDB' | 'S3, driver';
  readonly kilobytes: number;
  /** median of fresh processes */
  readonly loadMs: number;
}

const REPEATS = 15;
/** What the first `require` and the first use of standard output cost is Node's, whatever is loaded: neither is measured. */
const LOAD =
  'require(process.argv[1]); const start = performance.now(); require(process.argv[2]); const ms = performance.now() - start; process.stdout.write(String(ms)); process.exit(0)';

export function measureBundles(): BundleResult[] {
  const tasks = readdirSync('lambdas').filter((task) => existsSync(join('lambdas', task, 'handler.ts')));
  bundleAll(tasks);
  const folder = mkdtempSync(join(tmpdir(), 'stepwell-bench-bare-'));
  try {
    const bare = join(folder, 'index.js');
    const first = join(folder, 'first.js');
    for (const file of [bare, first]) writeFileSync(file, 'exports.handler = async () => "done";\n');
    const measured = [
      { task: '(bare handler)', uses: 'nothing' as const, path: bare, bytes: 38 },
      ...tasks.map((task) => {
        const path = join(bundle(task).directory, 'index.js');
        return { task, uses: usesOf(path), path, bytes: bundle(task).bytes };
      }),
    ].map((one) => ({ ...one, times: [] as number[] }));
    // In turns, so that whatever else the machine does meets all of them alike.
    for (let repeat = 0; repeat < REPEATS; repeat++) {
      for (const { path, times } of measured) times.push(loadTime(path, first));
    }
    return measured.map(({ task, uses, bytes, times }) => ({
      task,
      uses,
      kilobytes: Math.round(bytes / 100) / 10,
      loadMs: Math.round(median(times) * 10) / 10,
    }));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function usesOf(path: string): BundleResult['uses'] {
  const code = readFileSync(path, 'utf8');
  if (!code.includes('2006-03-01')) return 'no S3';
  // Of a MySQL or PostgreSQL server: words of their protocols.
  if (/mysql_native_password|SCRAM-SHA-256/.test(code)) return 'S3, driver';
  if (code.includes('require("@duckdb/node-api")')) return 'S3, DuckDB';
  // Another client of the SDK says which API it speaks.
  return /DynamoDB_20120810|AWSStepFunctions|secretsmanager\b|"RedshiftData"|AmazonSNS|rds-data/.test(code)
    ? 'S3, other services'
    : 'S3';
}

function loadTime(path: string, first: string): number {
  const env = {
    ...process.env,
    POWERTOOLS_SERVICE_NAME: 'bench',
    POWERTOOLS_METRICS_NAMESPACE: 'Stepwell',
    NODE_NO_WARNINGS: '1',
  };
  return Number(execFileSync(process.execPath, ['-e', LOAD, first, path], { env, encoding: 'utf8' }));
}
