/** The pipelines of this project: the folders of `state-machines/` that hold a `pipeline.ts`. */
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { suggest } from '../pipeline/errors';
import { refuseClashes } from '../pipeline/together';
import type { Pipeline } from '../pipeline/types';
import { Refused, UserError } from './errors';

export const PROJECT_ROOT = path.join(__dirname, '..', '..');
/** Of the local cloud. */
export const DEFAULT_STATE_DIR = path.join(PROJECT_ROOT, '.stepwell');
export const PIPELINES = path.join(PROJECT_ROOT, 'state-machines');

export interface PipelineFolder {
  readonly folder: string;
  readonly pipeline: Pipeline;
}

/** @throws {PipelineError} for a definition with mistakes, {UserError} for a module that does not load */
export async function pipelineFolders(parent: string = PIPELINES): Promise<PipelineFolder[]> {
  if (!existsSync(parent)) throw new UserError(`There is no folder ${parent}: pipelines live in it, a folder each.`);
  const names = readdirSync(parent).filter((name) => existsSync(path.join(parent, name, 'pipeline.ts')));
  return Promise.all(
    names.sort().map(async (name) => {
      const folder = path.join(parent, name);
      const file = path.join(folder, 'pipeline.ts');
      const pipeline = defaultOf(await load<{ default?: Pipeline | { default?: Pipeline } }>(file));
      if (pipeline?.validated !== true)
        throw new UserError(`${relative(file)} must end in: export default definePipeline({ … });`);
      return { folder, pipeline };
    }),
  );
}

/** Pipelines that may be compiled side by side. @throws {PipelineError} as well where two want one name or one table */
export async function compatiblePipelines(parent: string = PIPELINES): Promise<PipelineFolder[]> {
  const found = await pipelineFolders(parent);
  refuseClashes(found.map(({ folder, pipeline }) => ({ folder: relative(folder), pipeline })));
  return found;
}

/** All of them where none is named. @throws {Refused} for a name that none has */
export function namedPipelines(all: readonly PipelineFolder[], names: readonly string[]): readonly PipelineFolder[] {
  const known = all.map(({ pipeline }) => pipeline.name);
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) throw new Refused(`There is no pipeline '${unknown}'. ${suggest(unknown, known)}`);
  return names.length === 0 ? all : all.filter(({ pipeline }) => names.includes(pipeline.name));
}

/** A line for each folder that holds no `pipeline.ts`: it is left out, which should be no surprise. */
export const skippedFolders = (parent: string = PIPELINES): string[] =>
  readdirSync(parent, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
    .map(({ name }) => path.join(parent, name))
    .filter((folder) => !existsSync(path.join(folder, 'pipeline.ts')))
    .sort()
    .map((folder) => `${relative(folder)} is skipped: it holds no pipeline.ts.`);

/** Imports a module of the user's; what it throws is told with its place, not with our stack. */
export async function load<T>(file: string): Promise<T> {
  try {
    return (await import(file)) as T;
  } catch (error) {
    if (!(error instanceof Error) || error.name === 'PipelineError') throw error;
    const places = error.stack?.split('\n').filter((line) => line.includes(PROJECT_ROOT) && /:\d+:\d+/.test(line));
    const place = places?.find((line) => line.includes(path.dirname(file))) ?? places?.[0];
    const at = place === undefined ? '' : ` (${/([^/\\(]+:\d+:\d+)/.exec(place)?.[1]})`;
    const what = error.message.split('\nRequire stack')[0];
    throw new UserError(`${relative(file)} does not load: ${error.name}: ${what}${at}`);
  }
}

/** `import` of a CommonJS module may wrap its exports, `default` and all, into another `default`. */
function defaultOf(module: { default?: Pipeline | { default?: Pipeline } }): Pipeline | undefined {
  const value = module.default;
  return typeof value === 'object' && value !== null && 'default' in value ? value.default : (value as Pipeline);
}

const relative = (file: string): string => path.relative(process.cwd(), file);

/** Keys that start a run; empty for a pipeline that is started otherwise. */
export const patternsOf = (trigger: object): readonly string[] =>
  'patterns' in trigger ? (trigger.patterns as readonly string[]) : [];

/** Of its sources, by name: `stepwell/<name>` in Secrets Manager. */
export const secretsOf = ({ sources }: Pick<Pipeline, 'sources'>): string[] => [
  ...new Set(
    Object.values(sources).flatMap((source) => {
      if (source.kind === 'landedFiles' || source.kind === 'published') return [];
      const { config } = source;
      if (config.kind === 'httpApi') return config.auth ? [config.auth.secret] : [];
      if (config.kind === 'custom') return config.secrets;
      return 'secret' in config ? [config.secret] : [];
    }),
  ),
];
