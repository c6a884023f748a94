import type { CloudContext } from '../../service';
import { invalidArn, invalidName } from './errors';

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

export function checkMachineArn(arn: string | undefined): string {
  if (!arn || !/^arn:aws[a-z-]*:states:[^:]+:\d+:stateMachine:[^:]+$/.test(arn)) throw invalidArn(String(arn));
  return arn;
}

export function checkExecutionArn(arn: string | undefined): string {
  if (!arn || !/^arn:aws[a-z-]*:states:[^:]+:\d+:(execution|express):[^:]+:[^:]+(:[^:]+)?$/.test(arn)) {
    throw invalidArn(String(arn));
  }
  return arn;
}
