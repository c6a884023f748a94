/** Tables of a stream's pipeline made anew for a time span, from where all its records are kept: what that would do, and its start. */
import { DescribeStateMachineCommand, SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import type { Sink } from '../tasks/common';
import { givenUpBeforeRebuild } from '../tasks/given-up';
import type { RawStore } from '../tasks/rebuild';
import { type Connection, type Deployed, type DeployedPipeline, pipelineNamed } from './connection';
import { runQuery } from './database-query';
import { planOf } from './deployed-plan';
import { Refused } from './errors';
import { lookAtWaiting } from './gathering';
import { givenUpIn } from './given-up';
import { parseTime } from './intervals';
import { plural } from './text';

export interface RebuildPlan {
  readonly at: DeployedPipeline;
  /** ISO 8601, half-open */
  readonly from: string;
  readonly to: string;
  /** it was made one of whole days */
  readonly isRounded: boolean;
  /** the table with all records, and how many of them are of the span */
  readonly kept: string;
  readonly records: number;
  readonly tables: readonly { readonly sink: string; readonly what: string }[];
}

const DAY_MS = 86_400_000;

/** Reads only. @throws {Refused} */
export async function planRebuild(
  connection: Connection,
  stacks: Deployed,
  { pipeline, from, to }: { readonly pipeline: string; readonly from: string; readonly to?: string | undefined },
  now = new Date(),
): Promise<RebuildPlan> {
  const at = pipelineNamed(stacks, pipeline);
  const { raw, counted } = await rebuildOf(connection, at);
  const span = spanOf({ from: parseTime(from), to: to === undefined ? undefined : parseTime(to) }, raw, now);
  const kept = `${raw.schema}.${raw.table}`;
  const name = (part: string) => `"${part.replaceAll('"', '""')}"`;
  const { rows } = await runQuery(
    connection,
    stacks,
    { database: 'aurora', pipeline },
    `SELECT count(*) FROM ${name(raw.schema)}.${name(raw.table)} WHERE ${name(raw.receivedAt)} >= '${span.from}' AND ${name(raw.receivedAt)} < '${span.to}'`,
  );
  const records = Number(rows[0]?.[0] ?? 0);
  if (records === 0) {
    throw new Refused(
      `${kept}, where the records of ${pipeline} are kept, has none that were received from ${span.from} to ${span.to}: nothing can be rebuilt, and nothing was deleted.`,
    );
  }
  const givenUp = at.stream ? await givenUpIn(connection, at.stream) : 0;
  if (givenUp > 0) throw new Refused(`${givenUpBeforeRebuild(pipeline, givenUp)} Nothing was done.`);
  const { sinks } = await planOf(connection, at);
  return { at, ...span, kept, records, tables: sinks.map((sink) => ({ sink: sink.id, what: whatOf(sink, counted) })) };
}

/** What is staged is published first, so that the run has not to wait for it. @returns the execution's ARN */
export async function startRebuild(connection: Connection, { at, from, to }: RebuildPlan): Promise<string> {
  if (at.gatherFunctionArn !== undefined) await lookAtWaiting(connection, at, { release: true });
  const { executionArn } = await new SFNClient(connection.client).send(
    new StartExecutionCommand({
      stateMachineArn: at.stateMachineArn,
      input: JSON.stringify({ rebuild: { from, to } }),
    }),
  );
  return executionArn!;
}

async function rebuildOf(
  { client }: Connection,
  at: DeployedPipeline,
): Promise<{ readonly raw: RawStore; readonly counted: readonly string[] }> {
  const { definition = '{}' } = await new SFNClient(client).send(
    new DescribeStateMachineCommand({ stateMachineArn: at.stateMachineArn }),
  );
  const { States = {} } = JSON.parse(definition) as {
    States?: Record<string, { Arguments?: { Payload?: { raw?: RawStore; tables?: readonly string[] } } }>;
  };
  const raw = States['Read raw']?.Arguments?.Payload?.raw;
  if (raw) return { raw, counted: States.Recount?.Arguments?.Payload?.tables ?? [] };
  throw new Refused(
    `The pipeline '${at.name}' does not say where all its records are kept, so nothing can be rebuilt. Declare it at its source: streamRecords({ …, rebuildFrom: published('<pipeline>', '<model>') }), and deploy it.`,
  );
}

/** Whole days, where partitions of a lake are swapped: the first begins earlier, the last ends later. */
function spanOf(
  { from, to }: { readonly from: string; readonly to: string | undefined },
  { wholeDays }: RawStore,
  now: Date,
): Pick<RebuildPlan, 'from' | 'to' | 'isRounded'> {
  const step = wholeDays ? DAY_MS : 1;
  const begin = Math.floor(Date.parse(from) / step) * step;
  const end = to === undefined ? Math.floor(now.getTime() / step) * step : Math.ceil(Date.parse(to) / step) * step;
  const [start, stop] = [new Date(begin).toISOString(), new Date(end).toISOString()];
  if (end > now.getTime()) {
    const latest = new Date(Math.floor(now.getTime() / step) * step).toISOString();
    const days = wholeDays ? ' The lake has partitions of whole days, in UTC, so today can be rebuilt tomorrow.' : '';
    throw new Refused(`The span would end at ${stop}, which is still to come.${days} At most: --to ${latest}`);
  }
  if (begin >= end) throw new Refused(`There is nothing from ${start} to ${stop}: the span ends before it begins.`);
  return { from: start, to: stop, isRounded: start !== from || (to !== undefined && stop !== to) };
}

function whatOf({ kind, write, table }: Sink, counted: readonly string[]): string {
  if (kind === 'dynamoTable' && counted.includes(table)) return 'windows that begin in this span are counted anew';
  if (write.mode === 'append')
    return kind === 'lake' ? 'the partitions of these days are swapped' : 'the rows of this span are replaced';
  return 'rows are written again, newer ones stay';
}

export function rebuildLines({ at, from, to, isRounded, kept, records, tables }: RebuildPlan): string[] {
  return [
    `Of ${at.name}, what was received from ${from} to ${to}${isRounded ? ' (whole days, as the lake has partitions of days)' : ''}: ${plural(records, 'record')} in ${kept}.`,
    ...tables.map(({ sink, what }) => `  ${sink}: ${what}`),
  ];
}
