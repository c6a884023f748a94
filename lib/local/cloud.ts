/**
 * The local cloud: every service in this process, the resources of a synthesized assembly in them, one port in front.
 * It may be killed at any moment; the next start finds what was acknowledged and goes on with what was under way.
 */
import { resolve } from 'node:path';
import type { Iam } from './iam';
import { lockStateDir } from './lock';
import { loadRun } from './modules';
import { startPostgres } from './postgres/server';
import type { Clock, CloudContext, Service } from './service';
import type { Services } from './services';
import { readAssembly } from './template/assembly';

export interface CloudOptions {
  /** what `cdk synth` wrote, or is about to: the databases do not wait for it; `cdk.out` unless told */
  readonly assembly?: string | Promise<string>;
  /** where state survives a restart; `.stepwell` unless told */
  readonly stateDir?: string;
  /** 4510 unless told; 0 for any free one */
  readonly port?: number;
  /** false switches the evaluation of policies off */
  readonly iam?: boolean;
  /** true holds callers of Step Functions to AWS's quotas */
  readonly throttle?: boolean;
  readonly clock?: Clock;
  readonly log?: (line: string) => void;
  /** called when all resources are there, before what a restart interrupted goes on */
  readonly prepare?: (endpoint: string) => Promise<void>;
}

export interface Cloud {
  readonly endpoint: string;
  readonly port: number;
  readonly context: CloudContext;
  readonly iam: Iam;
  readonly services: Services;
  /** by signing name, e.g. `s3` */
  service(name: string): Service;
  /** stack → output → value */
  readonly outputs: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** logical id → physical id and type */
  resources(stack: string): Readonly<Record<string, { readonly type: string; readonly physicalId: string }>>;
  /** connection strings for `psql` */
  readonly databases: Readonly<Record<string, string>>;
  /** how many resources this start has created or changed */
  readonly changed: number;
  stop(): Promise<void>;
}

/**
 * PostgreSQL and the templates are made ready by other processes, mostly: the modules of the services, which keep this one busy for as long,
 * are loaded meanwhile.
 */
export async function startCloud(options: CloudOptions = {}): Promise<Cloud> {
  const stateDir = resolve(options.stateDir ?? '.stepwell');
  const undo: (() => unknown)[] = [lockStateDir(stateDir)];
  try {
    let begun = () => {};
    const hasBegun = new Promise<void>((resolve) => {
      begun = resolve;
    });
    const starting = startPostgres({ stateDir, begun }).then((server) => {
      undo.push(() => server.stop());
      return server;
    });
    const loading = Promise.race([hasBegun, starting]).then(loadRun);
    const reading = Promise.resolve(options.assembly ?? 'cdk.out').then(readAssembly);
    const [{ run }, postgres, assembly] = await settleAll([loading, starting, reading]);
    return await run({ options, stateDir, postgres, assembly, undo, stop: () => unwind(undo) });
  } catch (error) {
    await unwind(undo);
    throw error;
  }
}

/** Backwards; each is tried, whatever became of the others. */
async function unwind(undo: (() => unknown)[]): Promise<void> {
  const failures: unknown[] = [];
  for (let step = undo.pop(); step !== undefined; step = undo.pop()) {
    try {
      await step();
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw new AggregateError(failures, 'The local cloud did not stop cleanly.');
}

/** All run on when one fails, so that what the others have started can be stopped. */
async function settleAll<T extends readonly Promise<unknown>[]>(
  promises: readonly [...T],
): Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }> {
  await Promise.allSettled(promises);
  return Promise.all(promises) as Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }>;
}
