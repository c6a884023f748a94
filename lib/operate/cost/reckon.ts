/** What the runs of a pipeline have cost in a time: from its logs, its runs' histories and the ledger. */
import { CloudFormationClient, GetTemplateCommand } from '@aws-sdk/client-cloudformation';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SFNClient } from '@aws-sdk/client-sfn';
import { capacityOf, type Template } from '../../cost/at-rest';
import { type Capacity, type CostLine, costOf, total } from '../../cost/money';
import type { PricesUsed } from '../../cost/prices';
import type { RunUsage } from '../../cost/read-log';
import { gbSeconds, sumOf, type Usage, unknownIn } from '../../cost/usage';
import type { Connection, Deployed, DeployedPipeline } from '../connection';
import { itemsAt } from '../ledger';
import { limitsOf } from '../rate-limit';
import { plural } from '../text';
import { readLogs } from './read-logs';
import { factsOf, type HistoryFacts, SAMPLE } from './transitions';

/** The histories of so many runs are read; of others, transitions are estimated by theirs. */
const MOST_HISTORIES = 50;
/** … and so many of runs with distributed Maps, which take a call a second */
const MOST_WITH_CHILDREN = 3;

export interface RunCost {
  readonly runId: string;
  readonly startedAt: string;
  readonly status: string;
  readonly rows?: number;
  readonly gbSeconds: number;
  readonly transitions: number;
  readonly usd: number;
}

export interface Reckoning {
  /** the latest first */
  readonly runs: readonly RunCost[];
  readonly rows: number;
  readonly lines: readonly CostLine[];
  readonly usd: number;
  /** what was not measured, in sentences */
  readonly notes: readonly string[];
}

export interface Reckoned {
  readonly connection: Connection;
  readonly stacks: Deployed;
  readonly pipeline: DeployedPipeline;
  readonly prices: PricesUsed;
  readonly foundation: Template;
  readonly from: Date;
  readonly to: Date;
  /** that run alone */
  readonly runId?: string;
  /** how many bytes of its logs have been read, every few seconds */
  readonly told?: (bytes: number) => void;
}

export async function reckon(of: Reckoned): Promise<Reckoning> {
  const { connection, pipeline, prices, runId } = of;
  const meter = await readLogs(connection, pipeline.name, of);
  const wanted = (runs: readonly RunUsage[]) =>
    runId === undefined ? runs : runs.filter((run) => run.runId === runId);
  const named = wanted(meter.byRun().runs).map((run) => run.runId);
  const histories = await historiesOf(of, runId === undefined ? named : [runId]);
  const killed = new Map(
    [...histories].flatMap(([id, facts]) => facts.killed.map((request) => [request, id] as const)),
  );
  const split = meter.byRun(killed);
  const runs = wanted(split.runs);
  const others = runId === undefined ? sumOf([split.others]) : sumOf([]);
  const items = await itemsOf(of, runs);
  const transitions = estimate(runs, histories);

  const capacity = capacityOf(of.foundation);
  const all = sumOf([...runs.map(({ usage }) => usage), others]);
  // Of one run, the log that the others have written beside it is not told apart.
  const share = runId === undefined ? 1 : runs.length / Math.max(1, split.runs.length);
  const counts = {
    transitions: sum(transitions.values()),
    logBytes: meter.bytes * share,
    metricHours: meter.hoursOfMetrics * share,
  };
  const lines = costOf(all, counts, prices.prices, capacity).map((line) =>
    line.service === 'Step Functions' ? { ...line, estimated: isEstimated(runs, histories) } : line,
  );
  const usd = total(lines);
  const own = runs.map((run) => ownLines(run, transitions.get(run.runId)!, prices, capacity));
  return {
    runs: shared(own, usd).map((cost, index) => {
      const { runId: id, firstAt, usage } = runs[index]!;
      const { status = 'RUNNING', startedAt, rows } = items.get(id) ?? {};
      return {
        runId: id,
        startedAt: startedAt ?? new Date(firstAt).toISOString(),
        status,
        ...(rows === undefined ? {} : { rows }),
        gbSeconds: gbSeconds(usage),
        transitions: transitions.get(id)!,
        usd: cost,
      };
    }),
    rows: runId === undefined ? meter.rows : sum(runs.map((run) => items.get(run.runId)?.rows ?? 0)),
    lines,
    usd,
    notes: notesOf(all, lines, capacity),
  };
}

const sum = (all: Iterable<number>): number => [...all].reduce((total, one) => total + one, 0);

async function historiesOf({ connection, pipeline }: Reckoned, runIds: readonly string[]) {
  const stepFunctions = new SFNClient(connection.client);
  const limits = limitsOf(connection);
  const base = pipeline.stateMachineArn.replace(':stateMachine:', ':execution:');
  const found = await Promise.all(
    runIds
      .slice(0, MOST_HISTORIES)
      .map(
        async (runId, index) =>
          [runId, await factsOf(stepFunctions, `${base}:${runId}`, limits, index < MOST_WITH_CHILDREN)] as const,
      ),
  );
  return new Map(found.flatMap(([runId, facts]) => (facts ? [[runId, facts] as const] : [])));
}

interface LedgerRun {
  readonly runId: string;
  readonly status: string;
  readonly startedAt: string;
  readonly rows?: number;
}

async function itemsOf({ connection, stacks, pipeline }: Reckoned, runs: readonly RunUsage[]) {
  const items = await itemsAt<LedgerRun>(
    new DynamoDBClient(connection.client),
    stacks.foundation.LedgerTableName!,
    runs.map(({ runId }) => ({ pk: `pipeline#${pipeline.name}`, sk: `run#${runId}` })),
  );
  return new Map(items.map((item) => [item.runId, item]));
}

/** Runs whose history was not read have as many for each invocation as the others. */
function estimate(runs: readonly RunUsage[], histories: ReadonlyMap<string, HistoryFacts>): Map<string, number> {
  const known = runs.filter(({ runId }) => histories.has(runId));
  const invocations = sum(known.map(({ usage }) => usage.invocations));
  const counted = sum(known.map(({ runId }) => histories.get(runId)!.transitions));
  const rate = invocations === 0 ? 0 : counted / invocations;
  return new Map(
    runs.map(({ runId, usage }) => [runId, histories.get(runId)?.transitions ?? Math.round(rate * usage.invocations)]),
  );
}

const isEstimated = (runs: readonly RunUsage[], histories: ReadonlyMap<string, HistoryFacts>): boolean =>
  runs.some(({ runId }) => histories.get(runId)?.estimated !== false);

const ownLines = ({ usage }: RunUsage, transitions: number, { prices }: PricesUsed, capacity: Capacity): CostLine[] =>
  costOf(usage, { transitions, logBytes: 0, metricHours: 0 }, prices, capacity);

/**
 * Runs at the same time share what is awake for all of them, and the log and its metrics are theirs together: what the sum has more or
 * less than the runs alone is divided, of a database by how long each would have kept it awake, of all else evenly.
 */
function shared(own: readonly (readonly CostLine[])[], usd: number): number[] {
  const alone = own.map(total);
  const awake = own.map((lines) => total(lines.filter(({ what }) => what === 'awake')));
  const rest = usd - sum(alone);
  if (rest < 0 && sum(awake) > 0) return alone.map((cost, index) => cost + (rest * awake[index]!) / sum(awake));
  return alone.map((cost) => cost + rest / own.length);
}

function notesOf(usage: Usage, lines: readonly CostLine[], capacity: Capacity): string[] {
  const has = (service: string) => lines.some((line) => line.service === service && line.what === 'awake');
  const unknown = unknownIn(usage);
  const { keyspacesWrite = 0 } = usage.requests;
  return [
    ...(has('Redshift')
      ? [
          `Redshift: the time of the statements, 60 seconds at the least whenever it wakes, at its base capacity of ${capacity.redshiftRpus} RPUs, as if nobody else used it.`,
        ]
      : []),
    ...(unknown > 0
      ? [`Redshift: of ${unknown} statements nobody has told how long they took; they are not in it.`]
      : []),
    ...(has('Aurora')
      ? [
          `Aurora: from the first call until it pauses again, ${(capacity.auroraPauseMs ?? 0) / 60_000} minutes after the last, at ${capacity.auroraAcus} ACUs, the least that it has: more under load.`,
        ]
      : []),
    ...(keyspacesWrite > 0
      ? [
          `Keyspaces: ${plural(keyspacesWrite, 'row was', 'rows were')} written, each on a condition, which is two write units for each KB. They are not in the sum: aws.amazon.com/keyspaces/pricing has what a unit costs.`,
        ]
      : []),
    ...(lines.some(({ service, estimated }) => service === 'Step Functions' && estimated)
      ? [
          `Step Functions: the histories of the latest runs (${MOST_HISTORIES}, or ${MOST_WITH_CHILDREN} with Distributed Maps, of ${SAMPLE} children each) stand for all.`,
        ]
      : []),
  ];
}

/** The template that is deployed. */
export async function templateOf({ client }: Connection, StackName: string): Promise<Template> {
  const { TemplateBody = '{}' } = await new CloudFormationClient(client).send(new GetTemplateCommand({ StackName }));
  return JSON.parse(TemplateBody) as Template;
}
