/** What is told of runs that have succeeded. */
import type { Alert } from '../../lib/tasks/alert';
import type { CheckResult } from '../../lib/tasks/check';
import type { RejectedRow } from '../../lib/tasks/common';
import { badRecordLines } from '../../lib/tasks/stream';
import type { FailedNote, Recovery } from '../shared/health';
import type { RunItem } from '../shared/run-item';
import { consoleLink } from './compose-failure';
import { redacted } from './explain';

const SHOWN = 10;

type Base = Pick<Alert, 'pipeline' | 'runId' | 'redriveCount' | 'link' | 'dedupeKey'>;

const baseOf = ({ pipeline, runId, executionArn }: RunItem, redriveCount: number): Base => ({
  pipeline,
  runId,
  redriveCount,
  link: consoleLink(executionArn),
  dedupeKey: `${runId}#${redriveCount}`,
});

/** Where rows are in quarantine, or checks that only warn have failed: counts, reasons and places, never what stands in the rows. */
export function composeWarning(run: RunItem, badRows: readonly RejectedRow[], redriveCount: number): Alert {
  const { pipeline, runId, rows = 0, rejected = 0, checks = [] } = run;
  const warned = checks.filter(({ outcome, severity }) => outcome === 'failed' && severity === 'warn');
  const bad = `${count(rejected, 'bad row')} of ${(rows + rejected).toLocaleString('en')}`;
  const some = `${count(warned.length, 'check')} ${warned.length === 1 ? 'warns' : 'warn'}`;
  const isOfRows = rejected > 0;
  return {
    ...baseOf(run, redriveCount),
    kind: isOfRows ? 'quarantine' : 'check-warning',
    severity: 'warning',
    title: isOfRows
      ? `${pipeline} has put ${bad} into quarantine${warned.length > 0 ? `, and ${some}` : ''}`
      : `${pipeline}: ${some}`,
    lines: [
      isOfRows
        ? `The run has succeeded with the other ${rows.toLocaleString('en')} rows. The bad ones are in no table; they are kept for 365 days.`
        : 'The run has succeeded, and what it has is published.',
      ...facts(run),
      ...(isOfRows ? reasonLines(badRows, rejected) : []),
      ...(warned.length > 0 ? ['The checks that warn:', ...warned.slice(0, SHOWN).map(checkLine)] : []),
      ...(warned.length > SHOWN ? [`  and ${warned.length - SHOWN} more`] : []),
      ...(isOfRows ? remedyLines(run, badRows) : []),
    ],
    command: isOfRows ? `npx stepwell quarantine show ${runId}` : `npx stepwell show ${runId}`,
  };
}

const remedyLines = ({ pipeline, runId }: RunItem, badRows: readonly RejectedRow[]): string[] =>
  badRows.some(({ shard }) => shard !== undefined)
    ? badRecordLines(pipeline, runId)
    : [
        'When the contract or the SQL is corrected and deployed, load them:',
        `  npx stepwell quarantine replay ${runId}`,
      ];

const checkLine = ({ check, rule, value, bad }: CheckResult): string => {
  const found = value ?? (bad === undefined ? undefined : count(bad, 'row'));
  return redacted(`  ${check}: ${rule}${found === undefined ? '' : `; found ${found}`}`);
};

/** Rows that were read, by what is wrong with them. */
function reasonLines(rows: readonly RejectedRow[], rejected: number): string[] {
  if (rows.length === 0) return [];
  const groups = new Map<string, RejectedRow[]>();
  for (const row of rows) {
    const what = `${row.column === null ? '' : `column ${row.column}: `}${withoutValue(row.reason)}`;
    groups.set(what, [...(groups.get(what) ?? []), row]);
  }
  const most = [...groups].sort(([, a], [, b]) => b.length - a.length);
  return [
    rows.length < rejected ? `What is wrong with the first ${rows.length.toLocaleString('en')}:` : 'What is wrong:',
    ...most
      .slice(0, SHOWN)
      .flatMap(([what, of]) => [
        `  ${count(of.length, 'row')}, ${redacted(what)}`,
        `      ${of.slice(0, 3).map(placeOf).join(', ')}${of.length > 3 ? ', …' : ''}`,
      ]),
    ...(most.length > SHOWN ? [`  and ${most.length - SHOWN} other reasons`] : []),
  ];
}

/** Each record that is late has its own. */
const TIMES = /\b\d{4}-\d\d-\d\d(?:[T ][\d:.]+Z?)?/g;

/**
 * `'max@example.com' is not a whole number`: the value stays in quarantine, and may hold a quotation mark itself. What is said of it may as
 * well: `'7x' is not a number as the format has them (decimal: ',')`.
 */
const withoutValue = (reason: string): string =>
  reason.startsWith('the ') ? reason.replace(TIMES, '…') : reason.replace(/'.*'(?= (?:is|has) )|'.*'/s, '…');

function placeOf({ key, line, offset, source, partition, row, shard, sequence }: RejectedRow): string {
  if (shard !== undefined && sequence !== undefined) return `sequence number ${sequence} of ${shard}`;
  if (row !== undefined) return `row ${row} of ${source} ${partition}`;
  const file = key === null ? '' : ` of ${key}`;
  if (line !== null) return `line ${line}${file}`;
  return offset === null ? `a row${file}` : `byte ${offset}${file}`;
}

/** After a failure: what had failed, for how long, and what is missing still. */
export function composeRecovery(run: RunItem, recovery: Recovery, redriveCount: number): Alert {
  const { pipeline, runId, endedAt = '' } = run;
  const { downSince, mended, missing } = recovery;
  const own = mended.find((note) => note.runId === runId);
  const since = downSince ?? mended[0]!.at;
  const time = lasted(since, endedAt);
  const failures = mended.length + missing.length;
  return {
    ...baseOf(run, redriveCount),
    // A run succeeds once.
    dedupeKey: runId,
    kind: 'recovery',
    severity: 'info',
    title:
      downSince === undefined
        ? `${pipeline}: what a failed run lacked is loaded, ${time} later`
        : `${pipeline} works again, after ${time}`,
    lines: [
      downSince === undefined
        ? `What the run ${mended[0]!.runId} was to load is in the tables now.`
        : `The first run since ${minute(since)} UTC has succeeded${own ? ': it was redriven' : ''}.`,
      ...facts(run),
      failures === 1 ? 'What had failed:' : `What had failed, ${failures} runs:`,
      ...listed([...mended, ...missing], describe),
      ...(missing.length > 0
        ? [
            `Not loaded yet: what ${missing.length === 1 ? 'that run' : `these ${missing.length} runs`} lacked. Redrive, or see why not:`,
            ...listed(missing, (note) => `npx stepwell redrive ${pipeline} ${note.runId}`),
          ]
        : ['Nothing of what had failed is missing.']),
    ],
    command: `npx stepwell runs ${pipeline}`,
  };
}

const describe = ({ runId, at, step, error }: FailedNote): string =>
  `${minute(at)} UTC  ${error}${step ? ` at ${step}` : ''}\n      run ${runId}`;

const listed = (notes: readonly FailedNote[], line: (note: FailedNote) => string): string[] => [
  ...notes.slice(0, SHOWN).map((note) => `  ${line(note)}`),
  ...(notes.length > SHOWN ? [`  and ${notes.length - SHOWN} more`] : []),
];

export function composeSuccess(run: RunItem, redriveCount: number): Alert {
  const { pipeline, runId, rows = 0, rejected = 0, startedAt, endedAt = startedAt, published = {} } = run;
  return {
    ...baseOf(run, redriveCount),
    kind: 'success',
    severity: 'info',
    title: `${pipeline} has loaded ${count(rows, 'row')} in ${lasted(startedAt, endedAt)}`,
    lines: [
      `The run has succeeded${rejected > 0 ? `, with ${count(rejected, 'row')} in quarantine` : ''}.`,
      ...facts(run),
      ...(Object.keys(published).length > 0
        ? ['Published:', ...Object.values(published).map((one) => `  ${one.sink}: ${count(one.rows, 'row')}`)]
        : []),
    ],
    command: `npx stepwell show ${runId}`,
  };
}

function facts({ runId, interval, objects = [], startedAt, endedAt }: RunItem): string[] {
  const files = objects.map(({ bucket, key }) => `s3://${bucket}/${key}`);
  const rest = files.length > 3 ? ` and ${files.length - 3} more` : '';
  const all: readonly (readonly [label: string, value: string | undefined])[] = [
    ['Run', runId],
    ['Interval', interval && `${interval.start} to ${interval.end}`],
    ['Files', files.length > 0 ? `${files.slice(0, 3).join(', ')}${rest}` : undefined],
    ['Started', startedAt],
    ['Ended', endedAt],
  ];
  return [
    'About the run:',
    ...all.flatMap(([label, value]) => (value ? [`  ${`${label}:`.padEnd(10)} ${value}`] : [])),
  ];
}

const count = (n: number, what: string): string => `${n.toLocaleString('en')} ${what}${n === 1 ? '' : 's'}`;
const minute = (iso: string): string => iso.slice(0, 16).replace('T', ' ');

function lasted(from: string, to: string): string {
  const seconds = Math.max(0, Math.round((Date.parse(to) - Date.parse(from)) / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `${hours} h ${minutes % 60} min`;
  return `${Math.floor(hours / 24)} days ${hours % 24} h`;
}
