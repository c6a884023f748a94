/**
 * Bundles `lambdas/<task>/handler.ts` into one file. One bundle for each task kind, however many pipelines use it; made again
 * only when one of its inputs has changed, since bundling all kinds takes longer than the rest of a synth.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join, relative } from 'node:path';
import { type BuildOptions, type Metafile, version } from 'esbuild';
import { CACHE_FOLDER, PROJECT_ROOT } from './cache';
import { BundleFailed } from './errors';

export interface Bundle {
  /** holds `index.js`, whose `handler` is the function's, and in `node_modules` what that loads only when it needs it */
  readonly directory: string;
  /** SHA-256 of its code: the same wherever and whenever it is made */
  readonly hash: string;
  /** of `index.js` */
  readonly bytes: number;
  /** for reading a deployed function's stack traces; not deployed, since Node reads it at each cold start */
  readonly sourceMap: string;
}

/** Relative to the project's root. */
const HANDLERS = 'lambdas';

/** What runs esbuild, and what it leaves out of the SDK. */
const BUNDLING = join(__dirname, 'bundling');

const TRACER = '@aws-lambda-powertools/tracer';

/** Whoever bundles this source brings the thread that it starts, and the WebAssembly that the thread loads from beside itself. */
const ENCODER = 'lambdas/shared/rows/parquet-encoder.ts';
const ENCODER_THREAD = 'lambdas/shared/rows/parquet-worker.ts';
const ENCODER_WASM = 'node_modules/parquet-wasm/node/parquet_wasm_bg.wasm';

const OPTIONS = {
  bundle: true,
  platform: 'node',
  target: 'node20',
  // ES modules load 5 to 7 ms later, and `import` first would take the SDK's ES modules into CommonJS bundles all the same.
  format: 'cjs',
  mainFields: ['module', 'main'],
  // Names of classes and functions go as well (26 KB, and a call for each of them at every cold start): what is known by its
  // name, as Step Functions' Retry knows errors, says it itself.
  minify: true,
  sourcemap: 'external',
  metafile: true,
  legalComments: 'none',
  // DuckDB is a native library: a layer in Lambda, this machine's own beside a local function. The tracer lies beside the
  // bundle, for those invocations that are traced: a quarter of the bundle otherwise, and parsed at each cold start.
  external: ['@duckdb/node-api', '@duckdb/node-bindings', '@duckdb/node-bindings-*', TRACER],
  define: { 'process.env.NODE_ENV': '"production"' },
  logLevel: 'silent',
} as const satisfies BuildOptions;

interface Recorded {
  readonly key: string;
  readonly hash: string;
  /** the project's own files, relative to its root, with their SHA-256 */
  readonly inputs: Readonly<Record<string, string>>;
}

const made = new Map<string, Bundle>();

/** @throws {BundleFailed} */
export function bundle(task: string, folder = HANDLERS): Bundle {
  const known = made.get(task);
  if (known !== undefined) return known;
  bundleAll([task], folder);
  return made.get(task)!;
}

/** Makes what is not made yet in one go, so that esbuild reads the SDK once for all. */
export function bundleAll(tasks: readonly string[], folder = HANDLERS): void {
  const key = cacheKey();
  const stale: string[] = [];
  for (const task of new Set(tasks)) {
    if (made.has(task)) continue;
    const recorded = readRecord(task);
    if (recorded !== undefined && recorded.key === key && isCurrent(task, recorded))
      made.set(task, describe(task, recorded.hash));
    else stale.push(task);
  }
  if (stale.length === 0) return;

  for (const task of stale) {
    if (!existsSync(join(PROJECT_ROOT, handlerOf(folder, task)))) {
      throw new BundleFailed(`There is no ${handlerOf(folder, task)}: each task kind needs its handler there.`);
    }
  }
  const entryPoints = Object.fromEntries(stale.map((task) => [`${task}/index`, handlerOf(folder, task)]));
  build(`Bundling ${stale.join(', ')}`, { entryPoints }, (outputs, contents) => {
    for (const task of stale) {
      const output = outputs[`${task}/index.js`]!;
      const code = contents(`${task}/index.js`);
      const beside = companionsOf(output);
      const hash = hashOf(code, beside);
      const directory = codeFolder(task, hash);
      for (const { path, contents } of beside.files) write(join(directory, path), contents);
      write(sourceMapOf(task, hash), contents(`${task}/index.js.map`));
      // Last, since a bundle whose `index.js` is there counts as made.
      write(join(directory, 'index.js'), code);
      const recorded: Recorded = { key, hash, inputs: { ...ownInputs(output), ...beside.inputs } };
      write(recordOf(task), JSON.stringify(recorded));
      made.set(task, describe(task, hash));
    }
  });
}

/** Files that lie beside `index.js`, loaded when they are needed. */
interface Companions {
  readonly files: readonly { readonly path: string; readonly contents: Uint8Array }[];
  readonly inputs: Recorded['inputs'];
}

function companionsOf({ imports, inputs }: Metafile['outputs'][string]): Companions {
  const files = imports.some(({ path }) => path === TRACER)
    ? [{ path: join('node_modules', TRACER, 'index.js'), contents: tracerBundle() }]
    : [];
  if (!(ENCODER in inputs)) return { files, inputs: {} };
  const encoder = encoderBundle();
  return { files: [...files, ...encoder.files], inputs: encoder.inputs };
}

function hashOf(code: Uint8Array, { files }: Companions): string {
  const hash = createHash('sha256').update(code);
  for (const { contents } of files) hash.update(contents);
  return hash.digest('hex');
}

let encoder: Companions | undefined;

function encoderBundle(): Companions {
  const options = { entryPoints: { 'parquet-worker': ENCODER_THREAD }, sourcemap: false as const };
  encoder ??= build(`Bundling ${ENCODER_THREAD}`, options, (outputs, contents) => ({
    files: [
      { path: 'parquet-worker.js', contents: contents('parquet-worker.js') },
      { path: 'parquet_wasm_bg.wasm', contents: readFileSync(join(PROJECT_ROOT, ENCODER_WASM)) },
    ],
    inputs: ownInputs(outputs['parquet-worker.js']!),
  }));
  return encoder;
}

let tracer: Uint8Array | undefined;

function tracerBundle(): Uint8Array {
  const options = {
    entryPoints: { tracer: TRACER },
    external: OPTIONS.external.filter((name) => name !== TRACER),
    sourcemap: false as const,
  };
  tracer ??= build(`Bundling ${TRACER}`, options, (_outputs, contents) => contents('tracer.js'));
  return tracer;
}

type Outputs = Readonly<Record<string, Metafile['outputs'][string]>>;

/** esbuild in a process of its own, which has the plugins that a synchronous build cannot have. Paths are relative to its output. */
function build<T>(
  what: string,
  options: BuildOptions,
  read: (outputs: Outputs, contents: (path: string) => Uint8Array) => T,
): T {
  mkdirSync(bundles, { recursive: true });
  const outdir = mkdtempSync(join(bundles, 'out.'));
  try {
    const metafile = execFileSync(process.execPath, [join(BUNDLING, 'bundle-process.mjs')], {
      input: JSON.stringify({ ...OPTIONS, ...options, absWorkingDir: PROJECT_ROOT, outdir }),
      env: { ...process.env, NODE_OPTIONS: '' },
      encoding: 'utf8',
      stdio: 'pipe',
      maxBuffer: 256 * 1024 * 1024,
    });
    const { outputs } = JSON.parse(metafile) as Metafile;
    const named = Object.entries(outputs).map(([path, output]) => [relative(outdir, join(PROJECT_ROOT, path)), output]);
    return read(Object.fromEntries(named), (path) => readFileSync(join(outdir, path)));
  } catch (error) {
    const { stderr, message } = error as Error & { stderr?: string };
    throw new BundleFailed(`${what} failed.\n${stderr || message}`, { cause: error });
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
}

const handlerOf = (folder: string, task: string) => join(folder, task, 'handler.ts');
const bundles = join(CACHE_FOLDER, 'bundles');
const recordOf = (task: string) => join(bundles, `${task}.json`);
const codeFolder = (task: string, hash: string) => join(bundles, `${task}-${hash.slice(0, 16)}`);
const sourceMapOf = (task: string, hash: string) => `${codeFolder(task, hash)}.js.map`;

function describe(task: string, hash: string): Bundle {
  const directory = codeFolder(task, hash);
  return {
    directory,
    hash,
    bytes: readFileSync(join(directory, 'index.js')).length,
    sourceMap: sourceMapOf(task, hash),
  };
}

/** Everything besides the project's own files that a bundle depends on: installed packages change with the lock file. */
function cacheKey(): string {
  const lock = readFileSync(join(PROJECT_ROOT, 'package-lock.json'));
  const config = readFileSync(join(PROJECT_ROOT, 'tsconfig.json'));
  const bundling = readdirSync(BUNDLING).map((file) => sha256(readFileSync(join(BUNDLING, file))));
  return sha256(JSON.stringify([version, OPTIONS, bundling, sha256(lock), sha256(config)]));
}

function readRecord(task: string): Recorded | undefined {
  try {
    return JSON.parse(readFileSync(recordOf(task), 'utf8')) as Recorded;
  } catch {
    return undefined; // none yet, or half written: make it
  }
}

function isCurrent(task: string, { hash, inputs }: Recorded): boolean {
  if (!existsSync(join(codeFolder(task, hash), 'index.js'))) return false;
  return Object.entries(inputs).every(([path, digest]) => {
    const file = join(PROJECT_ROOT, path);
    return existsSync(file) && sha256(readFileSync(file)) === digest;
  });
}

function ownInputs({ inputs }: Metafile['outputs'][string]): Record<string, string> {
  const own = Object.keys(inputs).filter((path) => !path.startsWith('node_modules/'));
  return Object.fromEntries(own.sort().map((path) => [path, sha256(readFileSync(join(PROJECT_ROOT, path)))]));
}

/** Whole or not at all: two synths may run at once. */
function write(path: string, contents: string | Uint8Array): void {
  mkdirSync(join(path, '..'), { recursive: true });
  const temporary = `${path}.${process.pid}`;
  writeFileSync(temporary, contents);
  renameSync(temporary, path);
}

function sha256(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}
