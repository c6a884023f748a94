/** The pipelines of this project: the folders of `state-machines/` that hold a `pipeline.ts`. */
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import type { Pipeline } from '../pipeline/types';

export const PROJECT_ROOT = path.join(__dirname, '..', '..');

export interface PipelineFolder {
  readonly folder: string;
  readonly pipeline: Pipeline;
}

export async function pipelineFolders(): Promise<PipelineFolder[]> {
  const parent = path.join(PROJECT_ROOT, 'state-machines');
  const names = readdirSync(parent).filter((name) => existsSync(path.join(parent, name, 'pipeline.ts')));
  return Promise.all(
    names.sort().map(async (name) => {
      const folder = path.join(parent, name);
      return { folder, pipeline: defaultOf<Pipeline>(await import(path.join(folder, 'pipeline.ts'))) };
    }),
  );
}

/** `import` of a CommonJS module may wrap its exports, `default` and all, into another `default`. */
function defaultOf<T>(module: { default: T | { default: T } }): T {
  const value = module.default;
  return typeof value === 'object' && value !== null && 'default' in value ? value.default : value;
}

export const titleOf = (pipeline: string): string =>
  pipeline
    .split('-')
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('');
