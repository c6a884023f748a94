/** Whether a composite alarm holds its actions back while another one, its suppressor, is in ALARM. Pure. */
import type { PutCompositeAlarmInput, StateValue } from '@aws-sdk/client-cloudwatch';

export interface Suppression {
  readonly by: 'Alarm' | 'ExtensionPeriod' | 'WaitPeriod';
  /** when a period ends, in milliseconds */
  readonly until?: number;
}

/** Of a change of state that has just come: undefined where its actions run at once. */
export function suppressionOf(
  input: PutCompositeAlarmInput,
  to: StateValue,
  suppressor: StateValue,
  before: Suppression | undefined,
  now: number,
): Suppression | undefined {
  if (!input.ActionsSuppressor) return undefined;
  if (suppressor === 'ALARM') return { by: 'Alarm' };
  if (before?.by === 'ExtensionPeriod' && now < (before.until ?? 0)) return before;
  const wait = input.ActionsSuppressorWaitPeriod ?? 0;
  // The suppressor gets so long to notice what this alarm has noticed.
  return to === 'ALARM' && wait > 0 ? { by: 'WaitPeriod', until: now + wait * 1_000 } : undefined;
}

/** What a suppression has become; undefined when it is over and what it holds back is to run. */
export function settled(
  suppression: Suppression,
  input: PutCompositeAlarmInput,
  suppressor: StateValue,
  now: number,
): Suppression | undefined {
  if (suppressor === 'ALARM') return { by: 'Alarm' };
  if (suppression.by !== 'Alarm') return now < (suppression.until ?? 0) ? suppression : undefined;
  const extension = input.ActionsSuppressorExtensionPeriod ?? 0;
  return extension > 0 ? { by: 'ExtensionPeriod', until: now + extension * 1_000 } : undefined;
}
