/** Of a Map Run's children. */
import { createHash } from 'node:crypto';
import type { Child, MapRunRecord } from './types';

/** The same after a restart. */
export const childName = ({ run, index }: Child): string => uuidOf(`${run.mapRunArn}#${index}`);

/** An Express execution has an id beside its name. */
export const childArn = ({ stateMachineArn, executionType }: MapRunRecord, name: string): string =>
  executionType === 'EXPRESS'
    ? `${stateMachineArn.replace(':stateMachine:', ':express:')}:${name}:${uuidOf(name)}`
    : `${stateMachineArn.replace(':stateMachine:', ':execution:')}:${name}`;

/** Looks like one of AWS's, and is always the same of the same text. */
export function uuidOf(text: string): string {
  const digest = createHash('sha256').update(text).digest('hex');
  return [0, 8, 12, 16, 20].map((start, part) => digest.slice(start, [8, 12, 16, 20, 32][part])).join('-');
}
