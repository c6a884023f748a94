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
import { basename, join, relative, resolve } from 'node:path';
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

/** What a function runs: the handler of a task kind, or one that runs the user's own TypeScript as well. */
export interface BundleSpec {
  readonly task: string;
  /** absolute path; `lambdas/<task>/handler.ts` exports `handlerFor(module)` then */
  readonly userFile?: string | undefined;
}

/** @throws {BundleFailed} */
export function bundle(spec: string | BundleSpec, folder = HANDLERS): Bundle {
  const name = nameOf(spec);
  if (!made.has(name)) bundleAll([spec], folder);
  return made.get(name)!;
}

/** Makes what is not made yet in one go, so that esbuild reads the SDK once for all. */
export function bundleAll(specs: readonly (string | BundleSpec)[], folder = HANDLERS): void {
  const key = cacheKey();
  const stale = new Map<string, BundleSpec>();
  for (const spec of specs) {
    const name = nameOf(spec);
    if (made.has(name)) continue;
    const recorded = readRecord(name);
    if (recorded !== undefined && recorded.key === key && isCurrent(name, recorded))
      made.set(name, describe(name, recorded.hash));
    else stale.set(name, typeof spec === 'string' ? { task: spec } : spec);
  }
  if (stale.size === 0) return;

  const entryPoints = Object.fromEntries(
    [...stale].map(([name, spec]) => [`${name}/index`, entryOf(name, spec, folder)]),
  );
  build(`Bundling ${[...stale.keys()].join(', ')}`, { entryPoints }, (outputs, contents, resolveSource) => {
    for (const [name, { userFile }] of stale) {
      const output = outputs[`${name}/index.js`]!;
      const code = contents(`${name}/index.js`);
      const map = contents(`${name}/index.js.map`);
      const beside = companionsOf(output);
      if (userFile !== undefined) beside.files.push({ path: MAP, contents: placesOnly(map, name, resolveSource) });
      const hash = hashOf(code, beside);
      const directory = codeFolder(name, hash);
      for (const { path, contents } of beside.files) write(join(directory, path), contents);
      write(sourceMapOf(name, hash), map);
      // Last, since a bundle whose `index.js` is there counts as made.
      write(join(directory, 'index.js'), code);
      const recorded: Recorded = { key, hash, inputs: { ...ownInputs(output), ...beside.inputs } };
      write(recordOf(name), JSON.stringify(recorded));
      made.set(name, describe(name, hash));
    }
  });
}

/** Two files of one name are told apart by their paths. */
function nameOf(spec: string | BundleSpec): string {
  if (typeof spec === 'string') return spec;
  const { task, userFile } = spec;
  if (userFile === undefined) return task;
  return `${task}-${basename(userFile).replace(/\W+/g, '-')}-${sha256(relative(PROJECT_ROOT, userFile)).slice(0, 8)}`;
}

/** Relative to the project's root. */
function entryOf(name: string, { task, userFile }: BundleSpec, folder: string): string {
  const handler = join(folder, task, 'handler.ts');
  if (!existsSync(join(PROJECT_ROOT, handler))) {
    throw new BundleFailed(`There is no ${handler}: each task kind needs its handler there.`);
  }
  if (userFile === undefined) return handler;
  const entry = join(bundles, 'entries', `${name}.ts`);
  const from = (path: string) => JSON.stringify(path.replaceAll('\\', '/'));
  write(
    entry,
    `import { handlerFor } from ${from(join(PROJECT_ROOT, folder, task, 'handler'))};\n` +
      `import * as userCode from ${from(userFile)};\nexport const handler = handlerFor(userCode);\n`,
  );
  return relative(PROJECT_ROOT, entry);
}

/** Beside the code of a function that runs the user's own: read when that fails, never at a cold start. */
const MAP = 'index.js.map';

/** The map's lines and columns without the sources' text, which would be most of it. Paths are relative to the project's root. */
function placesOnly(map: Uint8Array, name: string, resolveSource: (path: string) => string): Uint8Array {
  const { version, names, mappings, sources } = JSON.parse(Buffer.from(map).toString()) as {
    version: number;
    names: string[];
    mappings: string;
    sources: string[];
  };
  return Buffer.from(
    JSON.stringify({ version, names, mappings, sources: sources.map((path) => resolveSource(join(name, path))) }),
  );
}

/** Files that lie beside `index.js`, loaded when they are needed. */
interface Companions {
  readonly files: { readonly path: string; readonly contents: Uint8Array }[];
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
  read: (outputs: Outputs, contents: (path: string) => Uint8Array, resolveSource: (path: string) => string) => T,
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
    const resolveSource = (path: string) => relative(PROJECT_ROOT, resolve(outdir, path));
    return read(Object.fromEntries(named), (path) => readFileSync(join(outdir, path)), resolveSource);
  } catch (error) {
    const { stderr, message } = error as Error & { stderr?: string };
    throw new BundleFailed(`${what} failed.\n${stderr || message}`, { cause: error });
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
}

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
