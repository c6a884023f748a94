/** What doctor looks at on this machine: Node.js, the installation, the port, the state folder, the disk, the definitions. */
import { accessSync, constants, existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import path from 'node:path';
import { type CompiledPipeline, compileTogether } from '../../compiler';
import { localCloud, requireFreePort } from '../../operate/connection';
import { compatiblePipelines, DEFAULT_STATE_DIR, PROJECT_ROOT } from '../../operate/pipelines';
import { aslText } from '../compile';
import { DEFAULT_PORT } from '../printer';
import { type Finding, fail, found, ok, warn } from './finding';

interface Versions {
  readonly engines: { readonly node: string };
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
}

export async function machineFindings(stateDir: string = DEFAULT_STATE_DIR): Promise<Finding[]> {
  const { engines, dependencies, devDependencies } = read<Versions>('package.json');
  const groups = await Promise.all([
    found('Node.js', () => nodeFinding(process.versions.node, engines.node)),
    found('Installation', () => installFinding({ ...dependencies, ...devDependencies })),
    found('Port', () => portFinding(stateDir)),
    found('State folder', () => folderFinding(stateDir)),
    found('Disk', () => diskFinding(stateDir)),
  ]);
  return groups.flat();
}

const read = <T>(file: string): T => JSON.parse(readFileSync(path.join(PROJECT_ROOT, file), 'utf8')) as T;

/** `range` is package.json's: `>=20.6.0`. */
export function nodeFinding(version: string, range: string): Finding {
  const wanted = range.replace(/^\D+/, '');
  const isOlder = version.localeCompare(wanted, 'en', { numeric: true }) < 0;
  return isOlder
    ? fail('Node.js', `${version} is too old`, `Install Node.js ${wanted} or newer, 22 for example.`)
    : ok('Node.js', version);
}

/** By what npm notes of its last run: a package that was asked for and is not there, or is another version. */
function installFinding(wanted: Readonly<Record<string, string>>): Finding {
  const there = existsSync(path.join(PROJECT_ROOT, 'node_modules/.package-lock.json'))
    ? read<{ packages: Record<string, { version: string }> }>('node_modules/.package-lock.json').packages
    : {};
  const differing = Object.entries(wanted).filter(
    ([name, version]) => there[`node_modules/${name}`]?.version !== version,
  );
  if (differing.length === 0) return ok('Installation', `${Object.keys(there).length} packages, as package.json says`);
  const [name, version] = differing[0]!;
  const more = differing.length > 1 ? `, and ${differing.length - 1} more` : '';
  return fail('Installation', `${name} ${version} is not installed${more}`, 'npm ci');
}

async function portFinding(stateDir: string): Promise<Finding> {
  const local = await localCloud({ stateDir });
  if (local !== undefined) return ok('Port', `${new URL(local.endpoint).port} is the local cloud's`);
  try {
    await requireFreePort(DEFAULT_PORT);
    return ok('Port', `${DEFAULT_PORT} is free`);
  } catch {
    return warn('Port', `${DEFAULT_PORT} is taken by another program`, 'npm start -- --port 0 takes any that is free.');
  }
}

function folderFinding(stateDir: string): Finding {
  const folder = path.resolve(stateDir);
  let existing = folder;
  while (!existsSync(existing)) existing = path.dirname(existing);
  const remedy = 'Choose another: npm start -- --state-dir <folder>';
  if (!statSync(existing).isDirectory()) return fail('State folder', `${existing} is no folder`, remedy);
  try {
    accessSync(existing, constants.W_OK);
  } catch {
    return fail('State folder', `${existing} cannot be written`, remedy);
  }
  if (existing !== folder) return ok('State folder', `${folder} will be made by npm start`);
  const lost = damagedFile(folder);
  return lost === undefined
    ? ok('State folder', folder)
    : fail('State folder', `${lost} is damaged`, `Bring it back from a backup, or begin anew: remove ${folder}`);
}

/** Beyond that a look would take long; the start of the local cloud reads them all. */
const MOST_BYTES = 64 * 1024 * 1024;

/** Documents are whole or absent. Tables are journals: a kill may have cut their last line short, which the next start mends; no other. */
export function damagedFile(folder: string): string | undefined {
  for (const entry of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    const depth = entry.split(path.sep).length;
    const file = path.join(folder, entry);
    if (depth > 2 || !/\.(nd)?json$/.test(entry) || statSync(file).size > MOST_BYTES) continue;
    const text = readFileSync(file, 'utf8');
    const documents = file.endsWith('.ndjson') ? text.split('\n').slice(0, -1) : [text];
    if (!documents.every(isJson)) return file;
  }
  return undefined;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

const GB = 1024 ** 3;
const LOW_GB = 5;
const TOO_LOW_GB = 1;

async function diskFinding(stateDir: string): Promise<Finding> {
  let existing = path.resolve(stateDir);
  while (!existsSync(existing)) existing = path.dirname(existing);
  const { bavail, bsize } = await statfs(existing);
  return diskFindingOf((bavail * bsize) / GB);
}

export function diskFindingOf(free: number): Finding {
  const text = `${free.toFixed(free < 10 ? 1 : 0)} GB free`;
  const remedy = 'Make room, or use a folder of another disk: npm start -- --state-dir <folder>';
  if (free < TOO_LOW_GB) return fail('Disk', `${text}: the databases need more`, remedy);
  return free < LOW_GB ? warn('Disk', text, remedy) : ok('Disk', text);
}

/** The definitions of this checkout, compiled for the environment; none where one has a mistake. */
export async function definitionsFound(environment?: string): Promise<{
  readonly finding: Finding;
  readonly compiled: readonly CompiledPipeline[];
}> {
  const NAME = 'Definitions';
  try {
    const placed = await compatiblePipelines();
    const compiled = await compileTogether(placed);
    const old = compiled.filter(({ definition }, index) => {
      const file = path.join(placed[index]!.folder, 'state-machine.asl.json');
      return !existsSync(file) || readFileSync(file, 'utf8') !== aslText(definition);
    });
    const names = compiled.map(({ name }) => name).join(', ');
    const finding =
      old.length === 0
        ? ok(NAME, names || 'none yet')
        : warn(
            NAME,
            `state-machine.asl.json of ${old.map(({ name }) => name).join(', ')} is out of date`,
            'npx stepwell compile',
          );
    return { finding, compiled: environment === undefined ? compiled : await compileTogether(placed, environment) };
  } catch (error) {
    const [first = ''] = (error as Error).message.split('\n');
    return { finding: fail(NAME, first, 'npx stepwell validate says all of it.'), compiled: [] };
  }
}
