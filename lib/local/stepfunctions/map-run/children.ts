import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Clock } from '../../service';
import { writeFileAtomic } from '../../store';
import { type Catalogue, type ExecutionRecord, sha256 } from '../catalogue';
import type { ExecutionEnd } from '../execution';
import type { Child, ChildEnd, MapRuns } from './types';

/** What children need of the engine that runs all executions. */
export interface ChildEngine {
  readonly catalogue: Catalogue;
  readonly clock: Clock;
  start(record: ExecutionRecord, input: string): Promise<void>;
  redrive(executionArn: string): Promise<unknown>;
  stop(executionArn: string): Promise<void>;
  /** Settles with the end of an execution, however long ago that was; never when the engine closes first. */
  end(executionArn: string): Promise<ExecutionEnd>;
  callAs(roleArn: string, service: string, operation: string, input: unknown): Promise<unknown>;
}

export function createMapRuns(engine: ChildEngine): MapRuns {
  const { catalogue } = engine;
  const { executions, mapRuns } = catalogue;
  const watchers = new Map<string, () => void>();
  return {
    call: engine.callAs,

    async create(run, inputs) {
      await writeFileAtomic(catalogue.inputsFile(run.mapRunArn), inputs.map((input) => `${input}\n`).join(''));
      await mapRuns.set(run.mapRunArn, run);
    },

    async inputs(mapRunArn) {
      const text = await readFile(catalogue.inputsFile(mapRunArn), 'utf8');
      return text.split('\n').slice(0, -1);
    },

    async update(mapRunArn, change) {
      await mapRuns.set(mapRunArn, { ...mapRuns.get(mapRunArn)!, ...change });
      watchers.get(mapRunArn)?.();
    },

    current: (mapRunArn) => mapRuns.get(mapRunArn)!,

    watch(mapRunArn, changed) {
      watchers.set(mapRunArn, changed);
      return () => watchers.delete(mapRunArn);
    },

    async runChild(child, redrives) {
      const name = childName(child);
      const executionArn = `${child.run.stateMachineArn.replace(':stateMachine:', ':execution:')}:${name}`;
      const existing = executions.get(executionArn);
      if (!existing) await engine.start(childRecord(child, executionArn, name, engine), child.input);
      else if (isRedrivable(existing) && existing.redriveCount < redrives) await engine.redrive(executionArn);
      const end = await engine.end(executionArn);
      const { startDate, stopDate = startDate, redriveCount } = executions.get(executionArn)!;
      return { ...end, executionArn, name, startDate, stopDate, redriveCount } satisfies ChildEnd;
    },

    async stopChildren(mapRunArn) {
      const children = catalogue.executionsOf(mapRunArn).filter((arn) => executions.get(arn)?.status === 'RUNNING');
      await Promise.all(children.map((arn) => engine.stop(arn)));
    },
  };
}

const isRedrivable = ({ status }: ExecutionRecord): boolean => status !== 'RUNNING' && status !== 'SUCCEEDED';

/** Looks like AWS's, and is the same after a restart. */
function childName({ run, index }: Child): string {
  const digest = createHash('sha256').update(`${run.mapRunArn}#${index}`).digest('hex');
  return [0, 8, 12, 16, 20].map((start, part) => digest.slice(start, [8, 12, 16, 20, 32][part])).join('-');
}

function childRecord(
  { run, parent, stateName, input }: Child,
  executionArn: string,
  name: string,
  { catalogue, clock }: ChildEngine,
): ExecutionRecord {
  const { definition, revisionId } = catalogue.executions.get(parent.executionArn)!;
  return {
    executionArn,
    stateMachineArn: run.stateMachineArn,
    name,
    roleArn: parent.roleArn,
    definition,
    ...(revisionId === undefined ? {} : { revisionId }),
    inputHash: sha256(input),
    status: 'RUNNING',
    startDate: clock.now(),
    redriveCount: 0,
    mapRunArn: run.mapRunArn,
    stateName,
  };
}
