/** Of a Map Run's children. */
import { createHash } from 'node:crypto';
import type { MapRunRecord } from './types';

/** The same after a restart. Its last digits tell the index, to whom knows the run. */
export function childName(mapRunArn: string, index: number): string {
  const digits = uuidOf(`${mapRunArn}#${index}`);
  return `${digits.slice(0, -INDEX_DIGITS)}${hex(index ^ maskOf(mapRunArn))}`;
}

/** Undefined when it is no child of this run. */
export function childIndex(mapRunArn: string, name: string): number | undefined {
  const index = (Number.parseInt(name.slice(-INDEX_DIGITS), 16) ^ maskOf(mapRunArn)) >>> 0;
  return childName(mapRunArn, index) === name ? index : undefined;
}

const INDEX_DIGITS = 8;

const hex = (bits: number): string => (bits >>> 0).toString(16).padStart(INDEX_DIGITS, '0');

let lastMask: { readonly arn: string; readonly mask: number } | undefined;

/** So that names do not count up. */
function maskOf(mapRunArn: string): number {
  if (lastMask?.arn !== mapRunArn) {
    lastMask = { arn: mapRunArn, mask: createHash('sha256').update(mapRunArn).digest().readUInt32BE() };
  }
  return lastMask.mask;
}

/** An Express execution has an id beside its name. */
export const childArn = ({ stateMachineArn, executionType }: MapRunRecord, name: string): string =>
  executionType === 'EXPRESS'
    ? `${stateMachineArn.replace(':stateMachine:', ':express:')}:${name}:${uuidOf(name)}`
    : `${stateMachineArn.replace(':stateMachine:', ':execution:')}:${name}`;

/** The machine's ARN, with the label, and the name; undefined when it is no ARN of a child. */
export function parseChildArn(arn: string): { readonly stateMachineArn: string; readonly name: string } | undefined {
  const [, start, type, machine, name, id] = CHILD_ARN.exec(arn) ?? [];
  if (!name || (type === 'express') !== (id !== undefined)) return undefined;
  return { stateMachineArn: `${start}stateMachine:${machine}`, name };
}

const CHILD_ARN = /^(arn:[^:]+:states:[^:]+:\d+:)(execution|express):([^:/]+\/[^:]+):([^:]+)(?::([^:]+))?$/;

/** Looks like one of AWS's, and is always the same of the same text. */
export function uuidOf(text: string): string {
  const digest = createHash('sha256').update(text).digest('hex');
  return [0, 8, 12, 16, 20].map((start, part) => digest.slice(start, [8, 12, 16, 20, 32][part])).join('-');
}
