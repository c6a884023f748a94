/**
 * The files of a contract beside its pipeline: `contract.schema.json`, as it is, and `contract.versions.json`, the versions that were
 * before it, oldest first, once there are any. They are compared with what was committed last: what has changed since then has not been
 * deployed by anybody.
 */
import { execFile } from 'node:child_process';
import { readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import type { SchemaObject } from '../../schema';

export const CONTRACT_FILE = 'contract.schema.json';
export const VERSIONS_FILE = 'contract.versions.json';

const contractText = (schema: unknown): string => `${JSON.stringify(schema, null, 2)}\n`;

export interface CommittedContract {
  /** absent: there is none yet */
  readonly schema?: SchemaObject;
  /** those before it, oldest first */
  readonly versions: readonly SchemaObject[];
}

/** Of the last commit; where there is no git, or the folder is in no repository: of the folder. @throws {SyntaxError} for a file that is no JSON */
export async function committedContract(folder: string): Promise<CommittedContract> {
  const [schema, versions] = await Promise.all(
    (await isInRepository(folder))
      ? [committed(folder, CONTRACT_FILE), committed(folder, VERSIONS_FILE)]
      : [onDisk(folder, CONTRACT_FILE), onDisk(folder, VERSIONS_FILE)],
  );
  return {
    ...(schema === undefined ? {} : { schema: parsed<SchemaObject>(schema, CONTRACT_FILE) }),
    versions: versions === undefined ? [] : parsed<SchemaObject[]>(versions, VERSIONS_FILE),
  };
}

/** All versions that were before this one, oldest first; this one is among them where it has come back. */
export function earlierVersions({ schema, versions }: CommittedContract, current: SchemaObject): SchemaObject[] {
  const isKnown = schema === undefined || isSame(schema, current) || versions.some((one) => isSame(one, schema));
  return isKnown ? [...versions] : [...versions, schema];
}

/** All that the registry has to know, each once, oldest first. */
export const allVersions = (earlier: readonly SchemaObject[], current: SchemaObject): SchemaObject[] =>
  earlier.some((one) => isSame(one, current)) ? [...earlier] : [...earlier, current];

export interface WrittenContract {
  readonly schema: SchemaObject;
  readonly earlier: readonly SchemaObject[];
}

/** Returns the files that it has written. */
export async function writeContract(folder: string, { schema, earlier }: WrittenContract): Promise<string[]> {
  const file = path.join(folder, CONTRACT_FILE);
  const versions = path.join(folder, VERSIONS_FILE);
  await writeFile(file, contractText(schema));
  if (earlier.length === 0) await rm(versions, { force: true });
  else await writeFile(versions, contractText(earlier));
  return earlier.length === 0 ? [file] : [file, versions];
}

export async function removeContract(folder: string): Promise<string[]> {
  for (const file of [CONTRACT_FILE, VERSIONS_FILE]) await rm(path.join(folder, file), { force: true });
  return [];
}

export async function isWritten(folder: string, { schema, earlier }: WrittenContract): Promise<boolean> {
  const [contract, versions] = await Promise.all([onDisk(folder, CONTRACT_FILE), onDisk(folder, VERSIONS_FILE)]);
  return contract === contractText(schema) && versions === (earlier.length === 0 ? undefined : contractText(earlier));
}

/** Whatever the order of columns: a text that differs would be another version to the registry. */
export const definitionText = (schema: SchemaObject): string => JSON.stringify(sorted(schema));

export const isSame = (a: SchemaObject, b: SchemaObject): boolean => definitionText(a) === definitionText(b);

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(members.map(([name, member]) => [name, sorted(member)]));
}

const run = promisify(execFile);

async function isInRepository(folder: string): Promise<boolean> {
  return (await git(folder, 'rev-parse', '--is-inside-work-tree'))?.trim() === 'true';
}

const committed = (folder: string, file: string): Promise<string | undefined> => git(folder, 'show', `HEAD:./${file}`);

/** Undefined where it fails: nothing of the kind is there, or no git. */
async function git(folder: string, ...args: string[]): Promise<string | undefined> {
  try {
    return (await run('git', args, { cwd: folder, maxBuffer: 16 * 1024 * 1024 })).stdout;
  } catch {
    return undefined;
  }
}

async function onDisk(folder: string, file: string): Promise<string | undefined> {
  try {
    return await readFile(path.join(folder, file), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function parsed<T>(text: string, file: string): T {
  try {
    return JSON.parse(text) as T;
  } catch (error) {
    throw new SyntaxError(`${file} is no JSON: ${(error as Error).message}`, { cause: error });
  }
}
