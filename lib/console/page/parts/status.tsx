/** A status is a colour and a shape and a word: none of them alone. */

export type StatusKind = 'good' | 'running' | 'waiting' | 'partial' | 'bad' | 'stopped' | 'idle';

const SHAPES: Readonly<Record<StatusKind, string>> = {
  good: 'M5 12.5l4.5 4.5L19 7.5',
  running: 'M8 5.5l10.5 6.5L8 18.5z',
  waiting: 'M12 6v6.5l4 2.5',
  partial: 'M12 6v7.5M12 17.2v.3',
  bad: 'M7 7l10 10M17 7L7 17',
  stopped: 'M8 8h8v8H8z',
  idle: 'M7 12h10',
};

/** Of Step Functions and the ledger, in one list. */
const KINDS: Readonly<Record<string, readonly [kind: StatusKind, word: string]>> = {
  SUCCEEDED: ['good', 'succeeded'],
  RUNNING: ['running', 'running'],
  WAITING: ['waiting', 'waiting'],
  PENDING_REDRIVE: ['waiting', 'to be redriven'],
  SKIPPED: ['idle', 'skipped'],
  PARTIAL: ['partial', 'partial'],
  FAILED: ['bad', 'failed'],
  TIMED_OUT: ['bad', 'timed out'],
  ABORTED: ['stopped', 'stopped'],
  OK: ['good', 'ok'],
  ALARM: ['bad', 'alarm'],
  INSUFFICIENT_DATA: ['idle', 'no data'],
};

export const kindOf = (status: string): StatusKind => KINDS[status]?.[0] ?? 'idle';
export const wordOf = (status: string): string => KINDS[status]?.[1] ?? status.toLowerCase().replaceAll('_', ' ');

/** The shape alone: what stands beside it, or its label, has the word. */
export const StatusIcon = ({ kind, label }: { readonly kind: StatusKind; readonly label?: string }) => (
  <>
    <svg class={`status-icon is-${kind}`} viewBox="0 0 24 24" width="16" height="16" aria-hidden="true">
      <rect x="1" y="1" width="22" height="22" rx={kind === 'running' ? 11 : 5} />
      <path d={SHAPES[kind]} />
    </svg>
    {label === undefined ? null : <span class="hidden">{label}</span>}
  </>
);

/** `status` as the API has it, as `TIMED_OUT`; `word` where it is told otherwise. */
export const Status = ({ status, word }: { readonly status: string; readonly word?: string }) => (
  <span class={`status is-${kindOf(status)}`}>
    <StatusIcon kind={kindOf(status)} />
    {word ?? wordOf(status)}
  </span>
);
