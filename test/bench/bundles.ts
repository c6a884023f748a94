/** Each bundle's size, and how long a fresh process takes to load it, beside a handler that imports nothing. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundle, bundleAll } from '../../lib/constructs/bundle';
import { median } from './processes';

export interface BundleResult {
  readonly task: string;
  readonly kilobytes: number;
  /** median of fresh processes */
  readonly loadMs: number;
}

const REPEATS = 15;
const LOAD =
  'const { performance } = require("node:perf_hooks"); const start = performance.now(); require(process.argv[1]); process.stdout.write(String(performance.now() - start)); process.exit(0)';

export function measureBundles(): BundleResult[] {
  const tasks = readdirSync('lambdas').filter((task) => existsSync(join('lambdas', task, 'handler.ts')));
  bundleAll(tasks);
  const folder = mkdtempSync(join(tmpdir(), 'stepwell-bench-bare-'));
  try {
    const bare = join(folder, 'index.js');
    writeFileSync(bare, 'exports.handler = async () => "done";\n');
    const measured = [
      { task: '(bare handler)', path: bare, bytes: 38 },
      ...tasks.map((task) => ({ task, path: join(bundle(task).directory, 'index.js'), bytes: bundle(task).bytes })),
    ].map((one) => ({ ...one, times: [] as number[] }));
    // In turns, so that whatever else the machine does meets all of them alike.
    for (let repeat = 0; repeat < REPEATS; repeat++) {
      for (const { path, times } of measured) times.push(loadTime(path));
    }
    return measured.map(({ task, bytes, times }) => ({
      task,
      kilobytes: Math.round(bytes / 100) / 10,
      loadMs: Math.round(median(times) * 10) / 10,
    }));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function loadTime(path: string): number {
  const env = {
    ...process.env,
    POWERTOOLS_SERVICE_NAME: 'bench',
    POWERTOOLS_METRICS_NAMESPACE: 'Stepwell',
    NODE_NO_WARNINGS: '1',
  };
  return Number(execFileSync(process.execPath, ['-e', LOAD, path], { env, encoding: 'utf8' }));
}
