/** Versions of a state machine, and which of them an ARN stands for. */
import type { CloudContext } from '../../service';
import type { Catalogue, MachineRecord, VersionRecord } from '../../stepfunctions/catalogue';
import { isVersion, parseMachineArn } from './arns';
import { conflict, quotaExceeded, stateMachineDoesNotExist } from './errors';
import type { StatesState } from './state';

/** AWS: of one state machine. */
const VERSION_LIMIT = 1000;

/** What PublishStateMachineVersion calls the revision of a state machine that was never updated. */
export const INITIAL_REVISION = 'INITIAL';

export const versionsOf = ({ versions }: Catalogue, machine: string): VersionRecord[] =>
  [...versions.values()]
    .filter(({ stateMachineArn }) => stateMachineArn === machine)
    .sort((a, b) => b.number - a.number);

/** Publishing a revision that is published already gives its version. */
export async function publish(
  { engine: { catalogue } }: StatesState,
  machineArn: string,
  { clock }: CloudContext,
  given: { readonly description?: string | undefined; readonly revisionId?: string | undefined } = {},
): Promise<VersionRecord> {
  const machine = catalogue.machines.get(machineArn)!;
  const current = machine.revisionId ?? INITIAL_REVISION;
  if (given.revisionId !== undefined && given.revisionId !== current) {
    throw conflict(
      `Failed to publish the State Machine version for revision ${given.revisionId}. The current State Machine revision is ${current}.`,
    );
  }
  const published = versionsOf(catalogue, machineArn);
  const existing = published.find(({ revisionId }) => revisionId === machine.revisionId);
  if (existing) return existing;
  if (published.length >= VERSION_LIMIT) {
    throw quotaExceeded(`A state machine can have at most ${VERSION_LIMIT} versions.`);
  }
  const number = (machine.latestVersion ?? 0) + 1;
  const { definition, roleArn, type, settings, revisionId } = machine;
  const version: VersionRecord = {
    stateMachineVersionArn: `${machineArn}:${number}`,
    stateMachineArn: machineArn,
    number,
    ...(given.description === undefined ? {} : { description: given.description }),
    definition,
    roleArn,
    type,
    settings,
    ...(revisionId === undefined ? {} : { revisionId }),
    creationDate: clock.now(),
  };
  await catalogue.versions.set(version.stateMachineVersionArn, version);
  await catalogue.machines.set(machineArn, { ...machine, latestVersion: number });
  return version;
}

/** A state machine as an ARN means it: by itself, at a version, or by an alias that chooses one of two. */
export interface Target extends MachineRecord {
  readonly stateMachineVersionArn?: string;
  readonly stateMachineAliasArn?: string;
  readonly description?: string;
  /** Of the Map state that the ARN names. */
  readonly label?: string;
}

/** Throws StateMachineDoesNotExist. `random` chooses among an alias's versions by their weights. */
export function targetOf({ catalogue }: StatesState['engine'], arn: string | undefined, random = Math.random): Target {
  const { machine: machineArn, qualifier, label } = parseMachineArn(arn);
  const machine = catalogue.machines.get(machineArn);
  if (!machine) throw stateMachineDoesNotExist(String(arn));
  if (qualifier === undefined) return label === undefined ? machine : { ...machine, label };
  if (isVersion(qualifier)) return atVersion(catalogue, machine, `${machineArn}:${qualifier}`, String(arn));
  const alias = catalogue.aliases.get(`${machineArn}:${qualifier}`);
  if (!alias) throw stateMachineDoesNotExist(String(arn));
  const [first, second] = alias.routes;
  const { stateMachineVersionArn } = second && random() * 100 >= first!.weight ? second : first!;
  const target = atVersion(catalogue, machine, stateMachineVersionArn, String(arn));
  return { ...target, stateMachineAliasArn: alias.stateMachineAliasArn };
}

function atVersion({ versions }: Catalogue, machine: MachineRecord, versionArn: string, arn: string): Target {
  const version = versions.get(versionArn);
  if (!version) throw stateMachineDoesNotExist(arn);
  const { stateMachineVersionArn, definition, roleArn, settings, revisionId, creationDate, description } = version;
  const { revisionId: _, ...rest } = machine;
  return {
    ...rest,
    stateMachineVersionArn,
    definition,
    roleArn,
    settings,
    creationDate,
    ...(revisionId === undefined ? {} : { revisionId }),
    ...(description === undefined ? {} : { description }),
  };
}
