import type { Alert } from '../../lib/tasks/alert';
import type { FailedPartition } from '../../lib/tasks/collect';
import type { RunItem } from '../shared/run-item';
import { consoleLink } from './compose-failure';
import { redacted } from './explain';

const SHOWN = 20;

/** The one alert of a run that has succeeded without some partitions: what is missing, what is there, how the rest comes in. */
export function composePartial(run: RunItem, redriveCount: number): Alert {
  const { pipeline, runId, executionArn, interval, failed = [], rejected = 0 } = run;
  const missing = Math.max(run.missing ?? 0, failed.length);
  const sources = [...new Set(failed.map(({ source }) => source))].join(', ');
  const what = `${missing} ${missing === 1 ? 'partition' : 'partitions'} of ${sources}`;
  const published = Object.values(run.published ?? {});
  const told = [
    `The pipeline ${pipeline} has loaded all but ${what}: the run is partial.`,
    'What it has is published. What is missing is not lost: the run can be run again for it alone.',
  ];
  const lines = [
    ...told,
    '',
    `Pipeline:  ${pipeline}`,
    `Run:       ${runId}`,
    ...(run.rerunOf ? [`Rerun of:  ${run.rerunOf}`] : []),
    ...(interval ? [`Interval:  ${interval.start} to ${interval.end}`] : []),
    `Started:   ${run.startedAt}`,
    ...(run.endedAt ? [`Ended:     ${run.endedAt}`] : []),
    `Rows:      ${run.rows ?? 0}${rejected > 0 ? `, and ${rejected} bad ones in quarantine` : ''}`,
    '',
    'Missing',
    ...failed.slice(0, SHOWN).flatMap(describe),
    ...(missing > SHOWN ? [`  and ${missing - Math.min(SHOWN, failed.length)} more`] : []),
    '',
    'Published',
    ...published.map(({ sink, rows }) => `  ${sink}: ${rows} rows`),
    '',
    'What to do',
    ...(run.kept ? rerunLines(run) : anewLines(run)),
    '',
    'The run in the console',
    `  ${consoleLink(executionArn)}`,
  ];
  return {
    kind: 'partial',
    severity: 'warning',
    pipeline,
    runId,
    redriveCount,
    title: `${pipeline} is partial: ${what} ${missing === 1 ? 'is' : 'are'} missing`,
    lines: told,
    command: `npx stepwell rerun ${runId}${run.kept ? ' --failed-partitions' : ''}`,
    link: consoleLink(executionArn),
    mail: `${lines.join('\n')}\n`,
    dedupeKey: `${runId}#${redriveCount}`,
  };
}

const describe = ({ source, partition, error, cause }: FailedPartition): string[] => [
  `  ${source}, partition ${partition}: ${error}`,
  ...(cause === '' ? [] : [`    ${redacted(cause.replace(/\s+/g, ' ').trim())}`]),
];

function rerunLines({ runId, executionArn, failed = [] }: RunItem): string[] {
  const one = failed.length === 1;
  return [
    `  When the source answers again, extract the missing ${one ? 'partition' : 'partitions'} alone. The tables then hold the whole, once`,
    `  npx stepwell rerun ${runId} --failed-partitions`,
    '  or',
    `  aws stepfunctions start-execution --state-machine-arn ${machineOf(executionArn)} --input '${JSON.stringify({ rerun: { runId } })}'`,
    '  Staged files are kept for 30 days; after that, the whole is extracted anew: npx stepwell rerun without --failed-partitions.',
  ];
}

const anewLines = ({ runId }: RunItem): string[] => [
  '  When the source answers again, load it all again, in place of what the run has loaded',
  `  npx stepwell rerun ${runId}`,
];

/** `arn:aws:states:<region>:<account>:execution:<machine>:<name>` */
const machineOf = (executionArn: string): string =>
  executionArn.replace(':execution:', ':stateMachine:').split(':').slice(0, -1).join(':');
