import type { Alert } from '../../lib/tasks/alert';
import type { CheckResult } from '../../lib/tasks/check';
import type { RejectedRow } from '../../lib/tasks/common';
import { isRepeatedByRedrive, publicationLines } from '../../lib/tasks/failed-run';
import { type Gathered, gatheredText, manyFiles } from '../../lib/tasks/gather';
import type { Interval } from '../../lib/tasks/schedule';
import { type ReadAnew, redacted, remedyFor, sentenceOf } from './explain';
import type { Failure } from './read-failure';

export interface Report {
  readonly pipeline: string;
  readonly runId: string;
  readonly executionArn: string;
  readonly status: 'FAILED' | 'TIMED_OUT' | 'ABORTED';
  /** ISO 8601 */
  readonly startedAt?: string | undefined;
  readonly endedAt?: string | undefined;
  readonly redriveCount: number;
  /** the run's status now, where it was redriven since */
  readonly since?: string | undefined;
  readonly failure: Failure;
  /** `s3://…` of what the run was to load */
  readonly objects: readonly string[];
  /** where they were gathered: there may be too many to name */
  readonly gathered?: Gathered | undefined;
  /** of a run that a schedule started */
  readonly interval?: Interval | undefined;
  /** the other pipeline's run that it was for */
  readonly after?: { readonly pipeline: string; readonly runId: string } | undefined;
  /** the backfill whose run it is */
  readonly backfill?: string | undefined;
  readonly badRows: readonly RejectedRow[];
  /** what Check found, if it was Check that failed */
  readonly checks?: readonly CheckResult[];
  /** `s3://…` */
  readonly quarantine: readonly string[];
}

const RAW_LENGTH = 160;

/** The one alert of a failed run: what happened, and what to do. */
export function composeFailure(report: Report): Alert {
  const { pipeline, runId, executionArn, failure, badRows, quarantine, objects, gathered } = report;
  const verb = VERBS[report.status];
  const repeated = isRepeatedByRedrive({
    ...failure,
    scheduled: report.interval !== undefined || report.after !== undefined,
  });
  const command = `npx stepwell redrive ${pipeline} ${runId}`;
  const isOfFiles = report.interval === undefined && report.after === undefined;
  const ofOneFile = objects.length <= 1 && (gathered?.files ?? 1) === 1;
  const cause = [
    causeOf(report),
    ...(report.since ? [`The run was redriven since, and is ${SINCE[report.since] ?? report.since} now.`] : []),
    ...(failure.publication ? publicationLines(failure.publication) : []),
  ];
  const mail = [
    `The pipeline ${pipeline} ${verb}${failure.step ? ` at the step "${failure.step}"` : ''}.`,
    '',
    ...cause,
    '',
    `Pipeline:  ${pipeline}`,
    `Run:       ${runId}${report.redriveCount > 0 ? ` (redriven ${report.redriveCount} times)` : ''}`,
    ...(failure.step ? [`Step:      ${failure.step}`] : []),
    `Error:     ${failure.error}`,
    ...(report.startedAt ? [`Started:   ${report.startedAt}`] : []),
    ...(report.endedAt ? [`Ended:     ${report.endedAt}`] : []),
    ...(report.after ? [`After:     ${report.after.pipeline} ${report.after.runId}`] : []),
    ...(report.interval ? [`Interval:  ${report.interval.start} to ${report.interval.end}`] : []),
    ...(report.backfill
      ? [
          `Backfill:  ${report.backfill}, whose other runs that fail are not mailed: npx stepwell backfill show ${report.backfill}`,
        ]
      : []),
    ...list('Files:     ', objects.slice(0, 10), objects.length - 10),
    ...(gathered && objects.length === 0 ? [`Files:     ${gatheredText(gathered)}`] : []),
    ...checkLines(report.checks ?? []),
    ...(badRows.length > 0
      ? ['', 'The first bad rows:', ...badRows.flatMap((row) => describeRow(row, ofOneFile))]
      : []),
    ...(quarantine.length > 0
      ? ['', 'All bad rows, one JSON object a line:', ...quarantine.slice(0, 10).map((one) => `  ${one}`)]
      : []),
    '',
    'What to do',
    `  ${remedyFor(failure.error, readAnew(report), isOfFiles && (!ofOneFile || gathered?.ofStream) ? manyFiles(runId, gathered) : undefined)}`,
    '',
    'The run in the console',
    `  ${consoleLink(executionArn)}`,
    '',
    repeated
      ? 'Redrive the run only after its functions were deployed with what mends this, otherwise it fails the same way'
      : 'Redrive the run at the step that failed, within 14 days; nothing is loaded twice',
    `  ${command}`,
    '  or',
    `  aws stepfunctions redrive-execution --execution-arn ${executionArn}`,
  ];
  return {
    kind: 'failure',
    severity: 'error',
    pipeline,
    runId,
    redriveCount: report.redriveCount,
    title: `${pipeline} ${verb}${failure.step ? ` at ${failure.step}` : ''}: ${failure.error}`,
    lines: cause,
    command,
    link: consoleLink(executionArn),
    mail: `${mail.join('\n')}\n`,
    dedupeKey: failureKey(runId, report.redriveCount, report.status),
  };
}

/** An attempt of a run is told of once. */
export const failureKey = (runId: string, redriveCount: number, status: Report['status']): string =>
  `${runId}#${redriveCount}#${status}`;

function readAnew({ pipeline, interval, after, failure }: Report): ReadAnew | undefined {
  const of = after ? `--after ${after.runId}` : interval && `--interval ${interval.start}/${interval.end}`;
  if (of === undefined) return undefined;
  return {
    command: `npx stepwell run ${pipeline} ${of}`,
    inExtract: failure.step?.startsWith('Extract') ?? false,
    ofFiles: /^Extract files? of /.test(failure.step ?? ''),
  };
}

/** Bad rows stand in a list of their own: what the error's text says of them would be told twice. */
function causeOf({ failure, badRows }: Report): string {
  const cause = sentenceOf(failure);
  return badRows.length > 0 ? cause.replace(/\. (?:Line|Row) \d.*$/, '.') : cause;
}

const SINCE: Readonly<Record<string, string>> = {
  RUNNING: 'running',
  SUCCEEDED: 'successful',
  FAILED: 'failed',
  TIMED_OUT: 'timed out',
  ABORTED: 'stopped',
};
const VERBS = { FAILED: 'failed', TIMED_OUT: 'timed out', ABORTED: 'was stopped' } as const;

function list(label: string, items: readonly string[], more: number): string[] {
  const lines = items.map((item, index) => `${index === 0 ? label : ' '.repeat(label.length)}${item}`);
  return more > 0 ? [...lines, `${' '.repeat(label.length)}and ${more} more`] : lines;
}

function describeRow(row: RejectedRow, ofOneFile: boolean): string[] {
  const isOfFile = row.key !== null && row.sequence === undefined;
  const where = `${placeOf(row)}${ofOneFile || !isOfFile ? '' : ` of ${row.key}`}`;
  const column = row.column === null ? '' : `, column ${row.column}`;
  const raw = redacted(row.raw.replace(/\s+/g, ' ').trim());
  return [
    `  ${where}${column}: ${redacted(row.reason)}`,
    `    ${raw.length > RAW_LENGTH ? `${raw.slice(0, RAW_LENGTH)}…` : raw}`,
  ];
}

const MOST_CHECKS = 30;

/** Those that failed, warnings too: the sentences above have the rows, this the numbers at a glance. */
function checkLines(checks: readonly CheckResult[]): string[] {
  const failed = checks.filter(({ outcome }) => outcome === 'failed');
  if (failed.length === 0) return [];
  const passed = checks.length - failed.length;
  const lines = failed.slice(0, MOST_CHECKS).map(({ severity, check, rule, value, bad }) => {
    const found = value ?? (bad === undefined ? undefined : `${bad} ${bad === 1 ? 'row' : 'rows'}`);
    return redacted(`  ${severity.padEnd(5)}  ${check}: ${rule}${found === undefined ? '' : `; found ${found}`}`);
  });
  const more = failed.length > MOST_CHECKS ? [`  and ${failed.length - MOST_CHECKS} more`] : [];
  return ['', `The checks that failed (${passed} passed):`, ...lines, ...more];
}

function placeOf({ line, offset, source, partition, row, shard, sequence }: RejectedRow): string {
  if (shard !== undefined && sequence !== undefined) return `${shard}, sequence number ${sequence}`;
  if (row !== undefined) return `row ${row} of ${source} ${partition}`;
  if (line !== null) return `line ${line}`;
  return offset === null ? 'a row' : `the row at byte ${offset}`;
}

export function consoleLink(executionArn: string): string {
  const region = executionArn.split(':')[3] ?? 'us-east-1';
  return `https://${region}.console.aws.amazon.com/states/home?region=${region}#/v2/executions/details/${executionArn}`;
}
