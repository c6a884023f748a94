/**
 * DuckDB's Node API with its native library for Lambda's arm64, as a layer. npm installs native libraries for the machine
 * it runs on, so on any other machine this one is fetched by the npm client: once, and checked against package-lock.json.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { CACHE_FOLDER, PROJECT_ROOT } from './cache';
import { LayerUnavailable } from './errors';

const NATIVE = '@duckdb/node-bindings-linux-arm64';
const PORTABLE = ['@duckdb/node-api', '@duckdb/node-bindings'] as const;
const FETCH_TIMEOUT_MS = 120_000;

export interface LayerContents {
  /** unpacks to `/opt`; holds `nodejs/node_modules/@duckdb/` of 64 MB, of Lambda's 250 MB */
  readonly directory: string;
  /** of the packages' versions and integrity: the same on every machine */
  readonly hash: string;
}

/** @throws {LayerUnavailable} when the native library is not installed, not cached, and the registry does not give it */
export function duckdbLayer(cache = CACHE_FOLDER): LayerContents {
  return layer(cache, contentHash('layout 1', [...PORTABLE, NATIVE]), addNative);
}

/** The layer without its native library: enough to synthesize and to run locally, not to deploy. */
export function undeployableLayer(): LayerContents {
  return layer(CACHE_FOLDER, contentHash('layout 1, without native library', PORTABLE), () => {});
}

function layer(cache: string, hash: string, complete: (temporary: string, target: string) => void): LayerContents {
  const directory = join(cache, `duckdb-layer-${hash.slice(0, 16)}`);
  if (existsSync(directory)) return { directory, hash };

  mkdirSync(cache, { recursive: true });
  const temporary = mkdtempSync(join(cache, 'duckdb-layer.'));
  try {
    const modules = join(temporary, 'nodejs', 'node_modules');
    for (const name of PORTABLE) copyPackage(join(PROJECT_ROOT, 'node_modules', name), join(modules, name));
    complete(temporary, join(modules, NATIVE));
    renameSync(temporary, directory);
  } catch (error) {
    // Another synth may have been faster.
    if (!existsSync(directory)) throw error;
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
  return { directory, hash };
}

function addNative(temporary: string, target: string): void {
  const installed = join(PROJECT_ROOT, 'node_modules', NATIVE);
  if (existsSync(installed)) {
    copyPackage(installed, target);
    return;
  }

  const unpacked = join(temporary, 'unpacked');
  mkdirSync(unpacked, { recursive: true });
  const archive = fetchArchive(unpacked);
  execFileSync('tar', ['-xzf', archive, '-C', unpacked]);
  copyPackage(join(unpacked, 'package'), target);
  rmSync(unpacked, { recursive: true });
}

function fetchArchive(folder: string): string {
  const { version, integrity } = locked(NATIVE);
  const wanted = `${NATIVE}@${version}`;
  try {
    const args = [
      'pack',
      wanted,
      '--pack-destination',
      folder,
      '--ignore-scripts',
      '--loglevel=error',
      '--fetch-retries=1',
      '--fetch-retry-mintimeout=1000',
    ];
    execFileSync('npm', args, {
      cwd: PROJECT_ROOT,
      env: { ...process.env },
      stdio: ['ignore', 'ignore', 'pipe'],
      timeout: FETCH_TIMEOUT_MS,
      shell: process.platform === 'win32',
    });
  } catch (error) {
    const { stderr } = error as { stderr?: Buffer };
    throw new LayerUnavailable(
      `The DuckDB layer for Lambda (arm64) needs ${wanted}, and npm could not fetch it: ${lastLine(stderr) ?? 'no answer'}. ` +
        'Check the connection to the npm registry and synthesize again; it is fetched once and then kept under node_modules/.cache.',
      { cause: error },
    );
  }
  const archive = join(folder, readdirSync(folder).find((name) => name.endsWith('.tgz'))!);
  const [algorithm, digest] = integrity.split(/-(.*)/s) as [string, string];
  if (createHash(algorithm).update(readFileSync(archive)).digest('base64') !== digest) {
    throw new LayerUnavailable(
      `${wanted} from the npm registry is not the one in package-lock.json (integrity differs). Do not deploy it: find out who serves the registry's packages here.`,
    );
  }
  return archive;
}

/** Without type declarations and texts, which nothing reads at run time. */
function copyPackage(from: string, to: string): void {
  cpSync(from, to, {
    recursive: true,
    dereference: true,
    filter: (path) => !/\.(d\.ts|map|md)$/.test(path) && !path.includes(join('node_modules', '.bin')),
  });
}

interface LockedPackage {
  readonly version: string;
  readonly integrity: string;
}

function locked(name: string): LockedPackage {
  const { packages } = JSON.parse(readFileSync(join(PROJECT_ROOT, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, LockedPackage>;
  };
  const entry = packages[`node_modules/${name}`];
  if (entry !== undefined) return entry;
  throw new LayerUnavailable(
    `package-lock.json does not list ${name}: it was written for one platform only. Run "npm install" with the registry reachable to list all.`,
  );
}

function contentHash(layout: string, packages: readonly string[]): string {
  const hash = createHash('sha256').update(layout);
  for (const name of packages) {
    const { version, integrity } = locked(name);
    hash.update(`\n${name}@${version} ${integrity}`);
  }
  return hash.digest('hex');
}

function lastLine(output: Buffer | undefined): string | undefined {
  const lines = output
    ?.toString('utf8')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  return lines?.find((line) => /E[A-Z]{3,}/.test(line)) ?? lines?.at(-1);
}
