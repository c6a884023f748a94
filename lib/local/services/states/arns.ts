import type { CloudContext } from '../../service';
import { invalidArn, invalidName, labelledArn, notInThisContext } from './errors';

const NAME_LIMIT = 80;

/** AWS: no white space, brackets, wildcards, special or control characters. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: those are what is refused
const FORBIDDEN = /[\s<>{}[\]?*"#%\\^|~`$&,;:/\u0000-\u001f\u007f-\u009f\ufffe\uffff]/u;

export function checkName(name: string | undefined): string {
  if (!name || name.length > NAME_LIMIT || FORBIDDEN.test(name)) throw invalidName(String(name));
  return name;
}

const prefix = ({ region, account }: CloudContext): string => `arn:aws:states:${region}:${account}`;

export const stateMachineArn = (cloud: CloudContext, name: string): string => `${prefix(cloud)}:stateMachine:${name}`;

export const activityArn = (cloud: CloudContext, name: string): string => `${prefix(cloud)}:activity:${name}`;

/** An Express execution has an id beside its name, which need not be unique. */
export const executionArn = (machineArn: string, name: string, expressId?: string): string =>
  expressId === undefined
    ? `${machineArn.replace(':stateMachine:', ':execution:')}:${name}`
    : `${machineArn.replace(':stateMachine:', ':express:')}:${name}:${expressId}`;

/** Of the state machine that an execution belongs to. */
export function machineOfExecution(arn: string): string {
  const [, , , region, account, , machine] = arn.split(':');
  return `arn:aws:states:${region}:${account}:stateMachine:${machine}`;
}

export const nameOf = (arn: string): string => arn.slice(arn.lastIndexOf(':') + 1);

export interface MachineArn {
  /** Without what qualifies it. */
  readonly machine: string;
  /** Of a Map state, whose Map Runs execute as a state machine of their own. */
  readonly label?: string;
  /** A version's number or an alias's name. */
  readonly qualifier?: string;
}

const PREFIX = /^arn:aws[a-z-]*:states:[^:]+:\d+:([A-Za-z]+):(.+)$/;

/** What stands after the resource type, which must be one of `types`. */
function resourceIn(arn: string | undefined, ...types: readonly string[]): { type: string; id: string } {
  const [, type = '', id = ''] = PREFIX.exec(arn ?? '') ?? [];
  if (id === '') throw /^arn:/.test(arn ?? '') ? invalidArn(String(arn)) : invalidArn(`Invalid ARN prefix: ${arn}`);
  if (!types.includes(type)) throw notInThisContext(type);
  return { type, id };
}

/** Of a state machine, a version or an alias of one, or a labelled Map state in one. */
export function parseMachineArn(arn: string | undefined): MachineArn {
  const { id } = resourceIn(arn, 'stateMachine');
  const [machineAndLabel = '', qualifier, ...rest] = id.split(':');
  const [name = '', label, ...more] = machineAndLabel.split('/');
  if (rest.length > 0 || more.length > 0 || name === '' || qualifier === '') throw invalidArn(String(arn));
  return {
    machine: `${arn!.slice(0, arn!.length - id.length)}${name}`,
    ...(label === undefined ? {} : { label }),
    ...(qualifier === undefined ? {} : { qualifier }),
  };
}

/** Of a state machine and nothing of it. */
export function checkMachineArn(arn: string | undefined): string {
  const { machine, label, qualifier } = parseMachineArn(arn);
  if (label !== undefined) throw labelledArn(arn!);
  if (qualifier !== undefined) throw invalidArn(String(arn));
  return machine;
}

export const isVersion = (qualifier: string | undefined): qualifier is string => /^\d+$/.test(qualifier ?? '');

/** Of a version of a state machine. */
export function checkVersionArn(arn: string | undefined): { readonly machine: string; readonly number: number } {
  const { machine, label, qualifier } = parseMachineArn(arn);
  if (label !== undefined) throw labelledArn(arn!);
  if (!isVersion(qualifier)) throw invalidArn(String(arn));
  return { machine, number: Number(qualifier) };
}

/** Of an alias of a state machine. */
export function checkAliasArn(arn: string | undefined): { readonly machine: string; readonly name: string } {
  const { machine, label, qualifier } = parseMachineArn(arn);
  if (label !== undefined) throw labelledArn(arn!);
  if (qualifier === undefined || isVersion(qualifier)) throw invalidArn(String(arn));
  return { machine, name: qualifier };
}

/** Of an execution of a Standard workflow: the API knows Express ones by their logs only. */
export function checkExecutionArn(arn: string | undefined): string {
  const { id } = resourceIn(arn, 'execution');
  if (!/^[^:]+:[^:]+$/.test(id)) throw invalidArn(String(arn));
  return arn!;
}

/** As well of an Express one that a Map Run has started: `…:express:<state machine>/<label>:<name>:<id>`. */
export function checkDescribableArn(arn: string | undefined): string {
  return /:express:[^:/]+\/[^:/]+:[^:]+:[^:]+$/.test(arn ?? '') ? arn! : checkExecutionArn(arn);
}

/** `…:mapRun:<state machine>/<label>:<id>` */
export function checkMapRunArn(arn: string | undefined): string {
  const { id } = resourceIn(arn, 'mapRun');
  if (!/^[^:/]+\/[^:/]+:[^:]+$/.test(id)) throw invalidArn(String(arn));
  return arn!;
}

export function checkActivityArn(arn: string | undefined): string {
  const { id } = resourceIn(arn, 'activity');
  if (id.includes(':')) throw invalidArn(String(arn));
  return arn!;
}

/** What can have tags. */
export function checkTaggableArn(arn: string | undefined): { readonly type: 'stateMachine' | 'activity' } {
  const { type } = resourceIn(arn, 'stateMachine', 'activity');
  return { type: type as 'stateMachine' | 'activity' };
}
