/** What has been applied so far, one file for each stack; a restart with the same templates finds nothing to do. */
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RecordedResource } from './resource';

export interface StackState {
  readonly stackName: string;
  readonly stackId: string;
  readonly createdAt: number;
  updatedAt: number;
  status: string;
  /** in the order of creation */
  readonly resources: Record<string, RecordedResource>;
  outputs: Record<string, { value: unknown; description?: string; exportName?: string }>;
}

const FLUSH_MS = 400;

export class StateStore {
  private readonly directory: string;
  private readonly dirty = new Map<string, StackState>();
  private flushing: NodeJS.Timeout | undefined;

  constructor(stateDir: string) {
    this.directory = join(stateDir, 'cloudformation');
    mkdirSync(this.directory, { recursive: true });
  }

  async readAll(): Promise<Map<string, StackState>> {
    const states = new Map<string, StackState>();
    for (const name of await readdir(this.directory)) {
      if (!name.endsWith('.json')) continue;
      const state = JSON.parse(await readFile(join(this.directory, name), 'utf8')) as StackState;
      states.set(state.stackName, state);
    }
    return states;
  }

  /**
   * Whole file, then rename: a kill leaves the old file or the new one. Changes that follow one another closely cost one write; what a kill
   * keeps from being written is applied once more, which changes nothing.
   */
  save(state: StackState): void {
    this.dirty.set(state.stackName, state);
    this.flushing ??= setTimeout(() => this.flush(), FLUSH_MS);
  }

  flush(): void {
    if (this.flushing !== undefined) clearTimeout(this.flushing);
    this.flushing = undefined;
    for (const state of this.dirty.values()) {
      const file = join(this.directory, `${state.stackName}.json`);
      writeFileSync(`${file}.tmp`, JSON.stringify(state));
      renameSync(`${file}.tmp`, file);
    }
    this.dirty.clear();
  }

  remove(stackName: string): void {
    this.dirty.delete(stackName);
    rmSync(join(this.directory, `${stackName}.json`), { force: true });
  }

  templateFile(stackName: string): string {
    return join(this.directory, `${stackName}.template`);
  }

  readTemplate(stackName: string): string | undefined {
    try {
      return readFileSync(this.templateFile(stackName), 'utf8');
    } catch {
      return undefined;
    }
  }
}
