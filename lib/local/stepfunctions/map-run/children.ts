import { readFile } from 'node:fs/promises';
import type { Clock } from '../../service';
import { writeFileAtomic } from '../../store';
import type { Catalogue, ExecutionRecord, ExecutionStatus } from '../catalogue';
import type { ChildInput } from './batch';
import { childArn, childName } from './names';
import type { Child, MapRuns } from './types';

/** What children need of the engine that runs all executions. */
export interface ChildEngine {
  readonly catalogue: Catalogue;
  readonly clock: Clock;
  start(record: ExecutionRecord, input: string): Promise<void>;
  /** `isAnew`: from its first state, not from where it failed. */
  redrive(executionArn: string, how: { readonly isAnew: boolean }): Promise<unknown>;
  stop(executionArn: string): Promise<void>;
  /** Settles when an execution has ended, however long ago that was; never when the engine closes first. */
  end(executionArn: string): Promise<ExecutionStatus>;
  callAs(roleArn: string, service: string, operation: string, input: unknown): Promise<unknown>;
}

export function createMapRuns(engine: ChildEngine): MapRuns {
  const { catalogue } = engine;
  const { children, executions, mapRuns } = catalogue;
  const watchers = new Map<string, () => void>();
  return {
    call: engine.callAs,

    create: (run) => mapRuns.set(run.mapRunArn, run),

    async saveInputs(mapRunArn, inputs) {
      await writeFileAtomic(catalogue.inputsFile(mapRunArn), inputs.map(toLine).join(''));
      const items = inputs.reduce((sum, input) => sum + input.items, 0);
      await mapRuns.set(mapRunArn, { ...mapRuns.get(mapRunArn)!, children: inputs.length, items });
    },

    async inputs(mapRunArn) {
      const text = await readFile(catalogue.inputsFile(mapRunArn), 'utf8');
      return text.split('\n').slice(0, -1).map(fromLine);
    },

    async update(mapRunArn, change) {
      await mapRuns.set(mapRunArn, { ...mapRuns.get(mapRunArn)!, ...change });
      if (change.status !== undefined && change.status !== 'RUNNING') await children.release(mapRunArn);
      watchers.get(mapRunArn)?.();
    },

    current: (mapRunArn) => mapRuns.get(mapRunArn)!,

    watch(mapRunArn, changed) {
      watchers.set(mapRunArn, changed);
      return () => watchers.delete(mapRunArn);
    },

    async runChild(child, redrives) {
      const name = childName(child.run.mapRunArn, child.index);
      const executionArn = childArn(child.run, name);
      const existing = executions.get(executionArn);
      if (!existing) {
        await engine.start(childRecord(child, executionArn, name, engine), child.input.json);
      } else if (isRedrivable(existing) && existing.redriveCount < redrives) {
        await engine.redrive(executionArn, { isAnew: child.run.executionType === 'EXPRESS' });
      }
      return engine.end(executionArn);
    },

    async *ended(mapRunArn, statuses) {
      for await (const [index, end] of children.ends(mapRunArn, statuses)) {
        yield { index, record: children.record(mapRunArn, index), end };
      }
    },

    async stopChildren(mapRunArn) {
      const running = [...children.of(mapRunArn)].filter(([, { status }]) => status === 'RUNNING');
      await Promise.all(running.map(([index]) => engine.stop(children.record(mapRunArn, index).executionArn)));
    },
  };
}

/** A line of the file of inputs: how many items there are, unless it is one, and what the child gets. */
const toLine = ({ json, items }: ChildInput): string => (items === 1 ? `${json}\n` : `${items}\t${json}\n`);

/** JSON has no tab that is not inside a text, and no text begins with a digit. */
function fromLine(line: string): ChildInput {
  const tab = /^\d+\t/.exec(line)?.[0];
  return tab === undefined
    ? { json: line, items: 1 }
    : { json: line.slice(tab.length), items: Number.parseInt(tab, 10) };
}

const isRedrivable = ({ status }: ExecutionRecord): boolean => status !== 'RUNNING' && status !== 'SUCCEEDED';

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
    status: 'RUNNING',
    startDate: clock.now(),
    redriveCount: 0,
    mapRunArn: run.mapRunArn,
    stateName,
    itemCount: input.items,
  };
}
