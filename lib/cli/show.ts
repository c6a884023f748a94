import { SFNClient } from '@aws-sdk/client-sfn';
import { withChildFailure } from '../operate/child-failure';
import { type Connection, deployed } from '../operate/connection';
import { type CostOfRun, costOfRun, costText } from '../operate/cost/of-run';
import { countMapRuns, historyOf } from '../operate/follow';
import { advance, NOTHING_YET, type Progress, type Step, shownSteps } from '../operate/history';
import { intervalText } from '../operate/intervals';
import { findRun, isPartial, type RunRow } from '../operate/ledger';
import { loadedAnew } from '../operate/loads';
import { groupsOfStep, type LogLine, logsOf } from '../operate/log-lines';
import { type BadRow, badRowsOf } from '../operate/quarantine-rows';
import { PER_SECOND, rateLimiter } from '../operate/rate-limit';
import { missingLines, troubleOf } from '../operate/remedy';
import { count, duration, moment, oneLine, oneStop, plural } from '../operate/text';
import { type Wait, waitsOf, waitText } from '../operate/turns';
import { publicationLines } from '../tasks/failed-run';
import { checkTable } from './checks';
import { connect } from './connect';
import { logText } from './log-text';
import { beginOf } from './logs';
import { printer, type VerbOptions } from './printer';
import { badRowLines } from './quarantine';
import { coloredStatus } from './runs';
import { bold, red, table, yellow } from './terminal';

const BAD_ROWS_SHOWN = 5;

/** One run: its steps, its rows, what went wrong. Or a pipeline that a stream starts: how that does. */
export async function show(wanted: string, options: VerbOptions & { pipeline?: string }): Promise<void> {
  const connection = await connect(options);
  const stacks = await deployed(connection);
  const at = stacks.pipelines.find(({ name }) => name === wanted);
  if (at?.stream !== undefined) {
    const { showStream } = await import('./show-stream');
    return showStream(connection, stacks, { ...at, stream: at.stream }, options);
  }
  const run = await findRun(connection, wanted, options.pipeline);
  const anew = (await loadedAnew(connection, stacks, [run])).get(run.runId);
  const wait = (await waitsOf(connection, stacks, [run])).get(run.runId);
  const costing = costOfRun(connection, stacks, run);
  const stepFunctions = new SFNClient(connection.client);
  const events = await historyOf(stepFunctions, run.executionArn, rateLimiter(PER_SECOND.history));
  const limit = rateLimiter(PER_SECOND.describe);
  const counted = await countMapRuns(stepFunctions, advance(NOTHING_YET, events), limit);
  const progress = await withChildFailure(stepFunctions, counted, limit);
  const steps = shownSteps(progress);
  const { rows: badRows } = await badRowsOf(connection, run, BAD_ROWS_SHOWN);
  const trouble = troubleOf(run, progress, events);
  const publication = trouble?.publication;
  const logs = trouble || isPartial(run) ? await troublesLogged(connection, run) : [];
  const cost = await costing;
  printer(options).print(
    {
      ...run,
      ...(wait === undefined ? {} : { waits: wait }),
      ...(cost === undefined ? {} : { cost }),
      ...(anew === undefined ? {} : { loadedAnewBy: anew }),
      steps,
      badRows,
      logs,
      ...(publication ? { publication } : {}),
    },
    () => [
      ...head(run, { anew, cost, wait }),
      '',
      ...stepTable(steps),
      ...published(run),
      ...missing(run, anew),
      ...checkTable(run.checks ?? []),
      ...(run.warnings ?? []).flatMap((warning) => ['', yellow(`Warning: ${warning}`)]),
      ...(run.notes ?? []).flatMap((note) => ['', `Note: ${note}`]),
      ...troubles(run, progress),
      ...(publication ? publicationLines(publication) : []),
      ...badRowsShown(run, badRows),
      ...loggedShown(run, logs),
      ...(trouble ? ['', ...trouble.remedy] : []),
    ],
  );
}

interface Found {
  /** the run that has loaded the same since */
  readonly anew: string | undefined;
  readonly cost: CostOfRun | undefined;
  readonly wait: Wait | undefined;
}

function head(run: RunRow, { anew, cost, wait }: Found) {
  const { pipeline, runId, status, startedAt, endedAt, files, interval, rows, rejected, redriveCount, reason } = run;
  const facts: [string, string | undefined][] = [
    ['Pipeline', pipeline],
    ['Run', runId],
    [
      'Status',
      `${isPartial(run) ? `${coloredStatus(status)}, ${yellow(missingText(run))}` : coloredStatus(status)}${redriveCount ? `, redriven ${redriveCount === 1 ? 'once' : `${redriveCount} times`}` : ''}`,
    ],
    ['Waits', wait && yellow(waitText(wait))],
    ['Files', files.join(', ') || undefined],
    ['After', run.after && `${run.after.pipeline} ${run.after.runId}`],
    ['Interval', interval && `${intervalText(interval)} UTC`],
    ['Started', moment(startedAt)],
    ['Time', endedAt === undefined ? undefined : duration(Date.parse(endedAt) - Date.parse(startedAt))],
    ['Rows', rowsText(rows, rejected)],
    ['Cost', cost && costText(cost, run)],
    ['Reason', reason],
    ['Rerun of', run.rerunOf],
    ['Replay of', run.replayOf],
    ['Since', anew === undefined ? undefined : `run ${anew} has loaded the same in its place`],
  ];
  return facts.flatMap(([name, value]) => (value === undefined ? [] : [`${bold(name.padEnd(9))} ${value}`]));
}

/** Of a failed run the rejected ones alone may be known. */
function rowsText(rows: number | undefined, rejected: number | undefined): string | undefined {
  if (rows !== undefined) return `${count(rows)} extracted, ${count(rejected)} rejected`;
  return rejected === undefined ? undefined : `${count(rejected)} rejected`;
}

function stepTable(steps: readonly Step[]): string[] {
  return table(
    ['Step', 'Status', 'Tasks', 'Failed attempts', 'Time'],
    steps.map((step) => [
      step.name,
      step.status === 'failed' ? red(step.status) : step.status,
      `${step.done}/${step.total}`,
      step.failures === 0 ? '' : count(step.failures),
      duration(timeOf(step)),
    ]),
    { right: [2, 3, 4] },
  );
}

const timeOf = ({ startedAt, endedAt }: Step): number => (endedAt ?? new Date()).getTime() - startedAt.getTime();

function published({ published: sinks = {} }: RunRow): string[] {
  const entries = Object.entries(sinks);
  if (entries.length === 0) return [];
  return [
    '',
    ...table(
      ['Published to', 'Rows'],
      entries.map(([sink, { rows }]) => [sink, count(rows)]),
      { right: [1] },
    ),
  ];
}

const missingText = ({ failed = [], missing: all = failed.length }: RunRow): string =>
  `without ${plural(all, 'partition')}`;

/** A partial run: how to have what it lacks. `anew`: the run that has loaded the same since. */
function missing(run: RunRow, anew: string | undefined): string[] {
  if (!isPartial(run) || anew !== undefined) return [];
  return [
    '',
    yellow(`The run is partial, ${missingText(run)}.`),
    ...missingLines(run.runId, run.interval !== undefined && run.kept !== undefined),
  ];
}

function troubles({ status, error }: RunRow, progress: Progress): string[] {
  if (status === 'SUCCEEDED' || status === 'SKIPPED') return [];
  const known = error ?? progress.error;
  return known === undefined ? [] : ['', red(`${known.name}: ${oneStop(oneLine(known.cause))}`)];
}

function badRowsShown({ runId, rejected }: RunRow, rows: readonly BadRow[]): string[] {
  if (rows.length === 0) return [];
  const more = (rejected ?? rows.length) > rows.length || rows.length === BAD_ROWS_SHOWN;
  return [
    '',
    bold('The first bad rows'),
    ...badRowLines(rows),
    ...(more ? [`All of them: npx stepwell quarantine show ${runId.slice(0, 8)}`] : []),
  ];
}

const LINES_SHOWN = 5;

/** The last warnings and errors: of a run that failed at a step, those of that step. Each group costs calls that are few for an account. */
async function troublesLogged(connection: Connection, run: RunRow): Promise<LogLine[]> {
  const { pipeline, runId, endedAt } = run;
  const reader = logsOf(connection);
  const all = await reader.groupsOf(pipeline);
  const ofStep = run.error?.step === undefined ? [] : groupsOfStep(all, run.error.step.split(' ')[0]!);
  const until = endedAt === undefined ? undefined : new Date(Date.parse(endedAt) + LATER_MS);
  const groups = ofStep.length > 0 ? ofStep : all;
  const lines = await reader.lines({ pipeline, runId, groups, troubles: true, since: beginOf(run), until });
  return lines.slice(-LINES_SHOWN).map(({ eventId: _, ...line }) => line);
}

/** Clocks differ. */
const LATER_MS = 60_000;

function loggedShown({ runId, status }: RunRow, lines: readonly LogLine[]): string[] {
  const all = `All that it has logged: npx stepwell logs ${runId.slice(0, 8)}`;
  if (lines.length === 0) return status === 'SKIPPED' ? [] : ['', all];
  const width = Math.max(...lines.map((line) => line.function.length));
  return ['', bold('The last warnings and errors of the log'), ...lines.flatMap((line) => logText(line, width)), all];
}
