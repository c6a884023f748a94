/** A pipeline's part in a test of many runs: what it runs on, one after another, and what its tables must hold in the end. */
import type { Pipeline } from '../../../lib/pipeline';
import type { World } from './world';

export interface Lane {
  readonly pipeline: Pipeline;
  /** of its models */
  readonly folder: string;
  /** origin → address of the sample server in its place */
  readonly origins: Readonly<Record<string, string>>;
  /** by name */
  readonly secrets: Readonly<Record<string, object>>;
  /** Makes so many runs, and sees each through. */
  run(world: World, count: number): Promise<void>;
  expectTables(world: World): Promise<void>;
  close(): Promise<void>;
}
