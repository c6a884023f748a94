/** What is kept of state machines and executions beside the histories. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { StateMachine } from '../../asl/types';
import { hasRecord, openTable, type Table, writeFileAtomic } from '../store';
import type { ExecutionEnd } from './execution';
import { type CompiledMachine, compileValid } from './machine';
import { type ChildStore, openChildStore } from './map-run/child-store';
import type { MapRunRecord } from './map-run/types';
import { parseJson } from './numbers';

export interface MachineRecord {
  readonly stateMachineArn: string;
  readonly name: string;
  /** SHA-256 of the definition's text. */
  readonly definition: string;
  readonly roleArn: string;
  readonly type: 'STANDARD' | 'EXPRESS';
  /** Epoch milliseconds. */
  readonly creationDate: number;
  readonly updateDate: number;
  readonly revisionId?: string;
  readonly tags: Readonly<Record<string, string>>;
  /** loggingConfiguration and the like. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** The number of its latest version. */
  readonly latestVersion?: number;
  /** Deleted while executions run: it goes with the last of them. */
  readonly isDeleting?: boolean;
}

/** A state machine as it was when it was published. */
export interface VersionRecord
  extends Pick<MachineRecord, 'definition' | 'roleArn' | 'type' | 'creationDate' | 'settings' | 'revisionId'> {
  readonly stateMachineVersionArn: string;
  readonly stateMachineArn: string;
  readonly number: number;
  readonly description?: string;
}

export interface AliasRecord {
  readonly stateMachineAliasArn: string;
  readonly stateMachineArn: string;
  readonly name: string;
  readonly description?: string;
  /** One or two versions, whose weights are 100 together. */
  readonly routes: readonly { readonly stateMachineVersionArn: string; readonly weight: number }[];
  readonly creationDate: number;
  readonly updateDate: number;
}

export interface ActivityRecord {
  readonly activityArn: string;
  readonly name: string;
  readonly creationDate: number;
  readonly tags: Readonly<Record<string, string>>;
  readonly encryptionConfiguration: unknown;
}

export type ExecutionStatus = 'RUNNING' | ExecutionEnd['status'];

export interface ExecutionRecord {
  readonly executionArn: string;
  readonly stateMachineArn: string;
  readonly name: string;
  readonly roleArn: string;
  /** Of the definition that it runs, whatever the state machine's is now. */
  readonly definition: string;
  readonly revisionId?: string;
  /** Where it was started by a version's or an alias's ARN. */
  readonly stateMachineVersionArn?: string;
  readonly stateMachineAliasArn?: string;
  readonly traceHeader?: string;
  /** SHA-256 of the input's text: the same name with the same input starts once. Absent of children of a Distributed Map. */
  readonly inputHash?: string;
  readonly status: ExecutionStatus;
  /** Epoch milliseconds, as all dates here. */
  readonly startDate: number;
  readonly stopDate?: number;
  /** Its history has no room for a redrive. */
  readonly isFull?: boolean;
  readonly redriveCount: number;
  readonly redriveDate?: number;
  /** By which the latest redrives were asked for: asked again, they are not made again. */
  readonly redriveTokens?: readonly RedriveToken[];
  /** Of a child of a Distributed Map: its run, and the Map state whose item processor it runs. */
  readonly mapRunArn?: string;
  readonly stateName?: string;
  readonly itemCount?: number;
  /** The status change that EventBridge knows of, as `<status>/<redriveCount>`. */
  readonly told?: string;
}

export interface RedriveToken {
  readonly token: string;
  /** When it was first used. */
  readonly at: number;
  readonly redriveDate: number;
}

export interface Executions {
  get(executionArn: string): ExecutionRecord | undefined;
  /** Visible at once, and on disk when it resolves. `end` is how it has ended, where it has. */
  set(record: ExecutionRecord, end?: ExecutionEnd): Promise<void>;
  /** All but the children of Map Runs that have ended. */
  values(): ExecutionRecord[];
}

export interface Catalogue {
  readonly machines: Table<MachineRecord>;
  readonly versions: Table<VersionRecord>;
  readonly aliases: Table<AliasRecord>;
  readonly activities: Table<ActivityRecord>;
  readonly executions: Executions;
  /** Of Map Runs. */
  readonly children: ChildStore;
  readonly mapRuns: Table<MapRunRecord>;
  /** Of one state machine, in the order in which they started. */
  executionsOf(arn: string): readonly string[];
  addExecution(record: ExecutionRecord): Promise<void>;
  /** Returns the definition's hash. */
  saveDefinition(text: string): Promise<string>;
  definitionText(hash: string): Promise<string>;
  /** Compiled at most once while the process lives. */
  compiled(hash: string): Promise<CompiledMachine>;
  historyFile(executionArn: string): string;
  /** The inputs of a Map Run's children, one JSON a line. */
  inputsFile(mapRunArn: string): string;
  close(): Promise<void>;
}

export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

export async function openCatalogue(folder: string): Promise<Catalogue> {
  const machines = await openTable<MachineRecord>(join(folder, 'state-machines.ndjson'));
  const versions = await openTable<VersionRecord>(join(folder, 'versions.ndjson'));
  const aliases = await openTable<AliasRecord>(join(folder, 'aliases.ndjson'));
  const activities = await openTable<ActivityRecord>(join(folder, 'activities.ndjson'));
  const table = await openTable<ExecutionRecord>(join(folder, 'executions.ndjson'));
  const mapRuns = await openTable<MapRunRecord>(join(folder, 'map-runs.ndjson'));
  const byOwner = new Map<string, string[]>();
  const texts = new Map<string, string>();
  const compiled = new Map<string, CompiledMachine>();
  // A hash, because names may differ in case only, or hold what a file system does not take.
  const historyFile = (executionArn: string) => join(folder, 'history', `${sha256(executionArn).slice(0, 32)}.ndjson`);
  const definitionFile = (hash: string) => join(folder, 'definitions', `${hash}.json`);

  const mapRunFile = (mapRunArn: string) => join(folder, 'map-runs', sha256(mapRunArn).slice(0, 32));

  const index = ({ stateMachineArn, executionArn }: ExecutionRecord) => {
    const known = byOwner.get(stateMachineArn);
    if (known) known.push(executionArn);
    else byOwner.set(stateMachineArn, [executionArn]);
  };
  // Killed before the start was on disk: nobody was told of it, and whoever asked for it asks again.
  for (const { executionArn, status } of [...table.values()]) {
    if (status === 'RUNNING' && !(await hasRecord(historyFile(executionArn)))) await table.delete(executionArn);
  }
  for (const record of [...table.values()].sort((a, b) => a.startDate - b.startDate)) index(record);
  const children = await openChildStore({ fileOf: mapRunFile, historyFile, mapRuns });
  const executions: Executions = {
    get: (executionArn) => table.get(executionArn) ?? children.get(executionArn),
    set: (record, end) =>
      record.mapRunArn === undefined ? table.set(record.executionArn, record) : children.set(record, end),
    values: () => [...table.values(), ...children.running()],
  };

  const definitionText = async (hash: string) => {
    const known = texts.get(hash);
    if (known !== undefined) return known;
    const text = await readFile(definitionFile(hash), 'utf8');
    texts.set(hash, text);
    return text;
  };

  return {
    machines,
    versions,
    aliases,
    activities,
    executions,
    children,
    mapRuns,
    executionsOf: (arn) => byOwner.get(arn) ?? [],
    addExecution(record) {
      if (record.mapRunArn === undefined) index(record);
      return executions.set(record);
    },
    async saveDefinition(text) {
      const hash = sha256(text);
      if (!texts.has(hash)) {
        await writeFileAtomic(definitionFile(hash), text);
        texts.set(hash, text);
      }
      return hash;
    },
    definitionText,
    async compiled(hash) {
      let machine = compiled.get(hash);
      if (!machine) {
        machine = compileValid(parseJson(await definitionText(hash)) as StateMachine);
        compiled.set(hash, machine);
      }
      return machine;
    },
    historyFile,
    inputsFile: (mapRunArn) => `${mapRunFile(mapRunArn)}.ndjson`,
    async close() {
      await machines.close();
      await versions.close();
      await aliases.close();
      await activities.close();
      await table.close();
      await children.close();
      await mapRuns.close();
    },
  };
}
