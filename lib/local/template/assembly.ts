/**
 * Reads what `cdk synth` wrote: the stacks in dependency order, their templates, and where each asset lies on this disk.
 * Nothing else of the project is read, so the local cloud runs exactly what `cdk deploy` would upload.
 */
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { AssemblyNotFound } from './errors';

export interface Assembly {
  readonly directory: string;
  /** in the order in which they can be deployed */
  readonly stacks: readonly Stack[];
  readonly assets: Assets;
}

export interface Stack {
  /** by which others depend on it */
  readonly id: string;
  readonly name: string;
  readonly dependencies: readonly string[];
  readonly template: Template;
}

export interface Template {
  readonly Description?: string;
  readonly Parameters?: Readonly<Record<string, { Type: string; Default?: unknown }>>;
  readonly Mappings?: Readonly<Record<string, Record<string, Record<string, unknown>>>>;
  readonly Conditions?: Readonly<Record<string, unknown>>;
  readonly Resources?: Readonly<Record<string, TemplateResource>>;
  readonly Outputs?: Readonly<Record<string, TemplateOutput>>;
}

export interface TemplateResource {
  readonly Type: string;
  readonly Properties?: Readonly<Record<string, unknown>>;
  readonly DependsOn?: string | readonly string[];
  readonly Condition?: string;
  readonly DeletionPolicy?: string;
  readonly Metadata?: Readonly<Record<string, unknown>>;
}

export interface TemplateOutput {
  readonly Value: unknown;
  readonly Description?: string;
  readonly Condition?: string;
  readonly Export?: { readonly Name: unknown };
}

/** Object key in the bootstrap's asset bucket → path of the file or folder on this disk. */
export type Assets = ReadonlyMap<string, string>;

interface Manifest {
  readonly artifacts?: Readonly<Record<string, Artifact>>;
}

interface Artifact {
  readonly type: string;
  readonly dependencies?: readonly string[];
  readonly properties?: {
    readonly file?: string;
    readonly templateFile?: string;
    readonly stackName?: string;
    readonly directoryName?: string;
  };
}

interface AssetManifest {
  readonly files?: Readonly<
    Record<
      string,
      { source: { path?: string; executable?: unknown }; destinations: Record<string, { objectKey: string }> }
    >
  >;
}

export async function readAssembly(directory: string): Promise<Assembly> {
  const root = resolve(directory);
  const stacks = new Map<string, Stack>();
  const assets = new Map<string, string>();
  await readManifest(root, stacks, assets);
  return { directory: root, stacks: inDependencyOrder(stacks), assets };
}

async function readManifest(directory: string, stacks: Map<string, Stack>, assets: Map<string, string>): Promise<void> {
  let manifest: Manifest;
  try {
    manifest = await readJson<Manifest>(join(directory, 'manifest.json'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') throw new AssemblyNotFound(directory);
    throw error;
  }
  for (const [id, artifact] of Object.entries(manifest.artifacts ?? {})) {
    const { file, templateFile, stackName, directoryName } = artifact.properties ?? {};
    if (artifact.type === 'aws:cloudformation:stack' && templateFile !== undefined) {
      const template = await readJson<Template>(join(directory, templateFile));
      stacks.set(id, { id, name: stackName ?? id, dependencies: artifact.dependencies ?? [], template });
    } else if (artifact.type === 'cdk:asset-manifest' && file !== undefined) {
      await readAssets(directory, join(directory, file), assets);
    } else if (artifact.type === 'cdk:cloud-assembly' && directoryName !== undefined) {
      await readManifest(join(directory, directoryName), stacks, assets);
    }
  }
}

async function readAssets(directory: string, file: string, assets: Map<string, string>): Promise<void> {
  const manifest = await readJson<AssetManifest>(file);
  for (const asset of Object.values(manifest.files ?? {})) {
    if (asset.source.path === undefined) continue;
    for (const { objectKey } of Object.values(asset.destinations))
      assets.set(objectKey, resolve(directory, asset.source.path));
  }
}

function inDependencyOrder(stacks: ReadonlyMap<string, Stack>): Stack[] {
  const ordered = new Set<Stack>();
  const visit = (id: string): void => {
    const stack = stacks.get(id);
    if (stack === undefined || ordered.has(stack)) return;
    for (const dependency of stack.dependencies) visit(dependency);
    ordered.add(stack);
  };
  for (const id of stacks.keys()) visit(id);
  return [...ordered];
}

async function readJson<T>(file: string): Promise<T> {
  return JSON.parse(await readFile(file, 'utf8')) as T;
}
