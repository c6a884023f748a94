/** What has become of a run's bad rows. */
import type { RunRow } from './ledger';
import { moment } from './text';

export const QUARANTINE_STATES = ['open', 'replayed', 'discarded'] as const;

export type QuarantineState =
  | { readonly state: 'open' }
  /** `by`: the run that has loaded the same anew, with its own bad rows if any are left */
  | { readonly state: 'replayed'; readonly by: string }
  | { readonly state: 'discarded'; readonly by: string; readonly at: string; readonly reason?: string };

/** `anew`: the run that has loaded the same since, if any. What is deleted is so whatever was loaded since. */
export function quarantineState(
  { quarantine = [], discarded = [] }: RunRow,
  anew: string | undefined,
): QuarantineState {
  const last = discarded.at(-1);
  if (last && quarantine.length === 0) {
    const { by, at, reason } = last;
    return { state: 'discarded', by, at, ...(reason === undefined ? {} : { reason }) };
  }
  return anew === undefined ? { state: 'open' } : { state: 'replayed', by: anew };
}

export function stateText(of: QuarantineState): string {
  switch (of.state) {
    case 'open':
      return 'open';
    case 'replayed':
      return `replayed by ${of.by.slice(0, 8)}`;
    case 'discarded':
      return `discarded ${moment(of.at).slice(0, 16)} by ${of.by}${of.reason === undefined ? '' : `: ${of.reason}`}`;
  }
}

/** A run has bad rows, or had some. */
export const hadBadRows = ({ quarantine = [], discarded = [] }: RunRow): boolean =>
  quarantine.length > 0 || discarded.length > 0;
