/** `stepwell cost`: what a pipeline's runs have cost, what a month of them would, and what it costs to have it at all. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SFNClient } from '@aws-sdk/client-sfn';
import { atRest, type Template } from '../../cost/at-rest';
import { type CostLine, HOURS_OF_MONTH, total } from '../../cost/money';
import { type BudgetedMonth, monthOf } from '../../cost/month';
import { PRICE_SOURCES } from '../../cost/price-tables';
import { PRICED_REGIONS, type PricesUsed, pricesOf } from '../../cost/prices';
import { type DeployedTrigger, triggerOf } from '../../operate/backfill/deployed-trigger';
import { type Connection, type Deployed, deployed, pipelineNamed, regionOf } from '../../operate/connection';
import { dollars } from '../../operate/cost/dollars';
import { keptSince, type Period, periodOf } from '../../operate/cost/period';
import { type Reckoning, reckon, templateOf } from '../../operate/cost/reckon';
import { timeOf } from '../../operate/cost/time-of';
import { Refused } from '../../operate/errors';
import { findRun, itemsAt } from '../../operate/ledger';
import { count, moment, plural } from '../../operate/text';
import { intervalsBetween } from '../../tasks/fires';
import { connect } from '../connect';
import { printer, type VerbOptions } from '../printer';
import { coloredStatus } from '../runs';
import { bold, dim, table, yellow } from '../terminal';

export interface CostOptions extends VerbOptions {
  readonly last?: string;
  readonly month?: string;
  /** a run's id, or how it begins */
  readonly run?: string;
  readonly limit: number;
  /** another region's prices than those of the one that is asked */
  readonly regionPrices?: string;
}

export async function cost(name: string, options: CostOptions): Promise<void> {
  const now = new Date();
  const prices = pricesFor(options.regionPrices);
  if (options.run !== undefined && (options.last !== undefined || options.month !== undefined))
    throw new Refused('--run is about one run: leave out --last and --month.');
  const period = options.run === undefined ? periodOf(options, now) : undefined;
  const connection = await connect(options);
  const stacks = await deployed(connection);
  const pipeline = pipelineNamed(stacks, name);
  const used = prices ?? pricesOf(regionOf(connection));
  const foundation = await foundationOf(connection, stacks.stackName);
  const told = (bytes: number) =>
    console.error(dim(`Reading the logs of ${name}: ${count(Math.round(bytes / 1e6))} MB so far`));
  const reckoned = { connection, stacks, pipeline, prices: used, foundation, told };
  if (period === undefined) {
    const run = await findRun(connection, options.run!, name);
    const result = await reckon({ ...reckoned, ...timeOf(run, now), runId: run.runId });
    const document = { pipeline: name, run: run.runId, ...priceDocument(used), ...result };
    printer(options).print(document, () => [
      `${bold(`Run ${run.runId.slice(0, 8)} of ${name}`)}, ${moment(run.startedAt)}`,
      '',
      ...serviceTable(result),
      ...notes(result, used),
    ]);
    return;
  }
  const result = await reckon({ ...reckoned, from: period.from, to: period.to });
  const month = monthly(result, await triggerOf(new SFNClient(connection.client), pipeline), period, now);
  const budget = await budgetOf(connection, stacks, name, now);
  const rest = {
    pipeline: restOf(await templateOf(connection, pipeline.stackName), used),
    foundation: restOf(foundation, used),
  };
  const document = {
    pipeline: name,
    from: period.from.toISOString(),
    to: period.to.toISOString(),
    ...priceDocument(used),
    ...result,
    perMillionRows: perMillion(result) ?? null,
    perMonth: month ?? null,
    budget: budget ?? null,
    atRest: rest,
  };
  printer(options).print(document, () => [
    ...head(name, period, result, now),
    ...runTable(result, options.limit),
    '',
    ...serviceTable(result),
    '',
    ...outlook(result, month),
    ...budgetLines(budget),
    ...restLines(rest),
    ...notes(result, used),
  ]);
}

function pricesFor(region: string | undefined): PricesUsed | undefined {
  if (region === undefined) return undefined;
  if (!PRICED_REGIONS.includes(region))
    throw new Refused(`There is no price table of '${region}'. There are: ${PRICED_REGIONS.join(', ')}.`);
  return pricesOf(region);
}

const foundationOf = async (connection: Connection, stackName: string | undefined): Promise<Template> =>
  stackName === undefined ? {} : templateOf(connection, stackName);

const priceDocument = ({ region, asOf, insteadOf, assumed }: PricesUsed) => ({
  currency: 'USD',
  prices: { region, asOf, ...(insteadOf === undefined ? {} : { insteadOf }), assumed, sources: PRICE_SOURCES },
});

const MILLION = 1e6;
/** Of fewer, what a run costs in any case would be told as the price of a million rows. */
const FEW_ROWS = 100;
const perMillion = ({ rows, usd }: Reckoning): number | undefined =>
  rows < FEW_ROWS ? undefined : (usd / rows) * MILLION;

interface Month {
  readonly usd: number;
  readonly runs: number;
  /** `schedule`: so often does it fire; `period`: so many there were */
  readonly by: 'schedule' | 'period';
}

const DAY_MS = 86_400_000;

/** Undefined where nobody can tell: too little is known. */
function monthly(
  { runs, usd }: Reckoning,
  trigger: DeployedTrigger,
  { from, to }: Period,
  now: Date,
): Month | undefined {
  // Those that had nothing to do cost next to nothing.
  const worked = runs.filter(({ status }) => status !== 'SKIPPED').length;
  if (worked === 0) return undefined;
  if (trigger.kind === 'cron') {
    const fires = [...intervalsBetween(trigger.schedule, now, new Date(now.getTime() + HOURS_OF_MONTH * 3_600_000))];
    return { usd: (usd / worked) * fires.length, runs: fires.length, by: 'schedule' };
  }
  const first = Math.max(from.getTime(), Date.parse(runs.at(-1)!.startedAt));
  const days = (to.getTime() - first) / DAY_MS;
  if (days < 1) return undefined;
  const months = days / (HOURS_OF_MONTH / 24);
  return { usd: usd / months, runs: Math.round(runs.length / months), by: 'period' };
}

type Budget = Pick<BudgetedMonth, 'month' | 'usd' | 'monthly'> & { readonly until: string };

/** What its own function has added up of this month; undefined where it has no budget. */
async function budgetOf(
  { client }: Connection,
  { foundation }: Deployed,
  pipeline: string,
  now: Date,
): Promise<Budget | undefined> {
  const at = { pk: `pipeline#${pipeline}`, sk: `cost#${monthOf(now.getTime())}` };
  const [item] = await itemsAt<BudgetedMonth>(new DynamoDBClient(client), foundation.LedgerTableName!, [at]);
  if (item === undefined) return undefined;
  const { month, usd, monthly, until } = item;
  return { month, usd, monthly, until: new Date(until).toISOString() };
}

const budgetLines = (budget: Budget | undefined): string[] =>
  budget === undefined
    ? []
    : [
        `Budget of ${budget.month}: ${dollars(budget.usd)} of ${dollars(budget.monthly)} spent until ${moment(budget.until)}`,
      ];

const restOf = (template: Template, { prices }: PricesUsed) => {
  const lines = atRest(template, prices);
  return { usd: total(lines), lines };
};

function head(name: string, { title, from }: Period, { runs, rows }: Reckoning, now: Date): string[] {
  const gone = from < keptSince(now) ? ['Logs are kept for 90 days: earlier runs are not in it.'] : [];
  return [`${bold(name)}, ${title}: ${plural(runs.length, 'run')}, ${plural(rows, 'row')}`, ...gone, ''];
}

function runTable({ runs }: Reckoning, limit: number): string[] {
  if (runs.length === 0) return ['No runs.'];
  const shown = runs.slice(0, limit);
  return [
    ...table(
      ['Run', 'Status', 'Started', 'Rows', 'GB-seconds', 'Transitions', 'Cost'],
      shown.map((run) => [
        run.runId.slice(0, 8),
        coloredStatus(run.status),
        moment(run.startedAt),
        count(run.rows),
        run.gbSeconds.toFixed(1),
        count(run.transitions),
        dollars(run.usd),
      ]),
      { right: [3, 4, 5, 6] },
    ),
    ...(runs.length > limit ? [dim(`and ${plural(runs.length - limit, 'run')} before; --limit shows more`)] : []),
  ];
}

function serviceTable({ lines, usd }: Reckoning): string[] {
  if (lines.length === 0) return [];
  return table(
    ['Service', '', 'Amount', '', 'Cost'],
    [
      ...lines.map((line) => [
        line.service,
        line.what,
        amountText(line),
        line.unit,
        `${line.estimated ? '~' : ''}${dollars(line.usd)}`,
      ]),
      ['Total', '', '', '', dollars(usd)],
    ],
    { right: [2, 4] },
  );
}

const amountText = ({ amount }: CostLine): string =>
  amount >= 1000 || Number.isInteger(amount) ? count(Math.round(amount)) : amount.toPrecision(3);

function outlook(result: Reckoning, month: Month | undefined): string[] {
  const perRow = perMillion(result);
  return [
    ...(perRow === undefined ? [] : [`A million rows: ${dollars(perRow)}`]),
    ...(month === undefined
      ? []
      : [
          `A month: about ${dollars(month.usd)}, ${month.by === 'schedule' ? `for the ${plural(month.runs, 'run')} of its schedule` : `at ${plural(month.runs, 'run')}, as there were`}`,
        ]),
  ];
}

function restLines({ pipeline, foundation }: { readonly pipeline: Rest; readonly foundation: Rest }): string[] {
  return [
    `At rest, a month: ${dollars(pipeline.usd)} for the pipeline (${restText(pipeline)})`,
    `                  ${dollars(foundation.usd)} for what all pipelines share (${restText(foundation)}); and storage`,
  ];
}

type Rest = ReturnType<typeof restOf>;

const restText = ({ lines }: Rest): string =>
  lines
    .filter(({ what }) => what !== 'by a timer')
    .map(({ amount, what, unit }) => {
      const there = Math.round(unit === 'hours' ? amount / HOURS_OF_MONTH : amount);
      return `${count(there)} ${there === 1 ? what.replace(/s\b/, '') : what}`;
    })
    .join(', ') || 'nothing';

function notes({ notes: told, lines }: Reckoning, { region, asOf, insteadOf, assumed }: PricesUsed): string[] {
  const assumes = [
    ...(assumed.includes('rdsDataRequest') && lines.some(({ what }) => what === 'Data API') ? ["the Data API's"] : []),
    ...(assumed.includes('sparkVcpuHour') && lines.some(({ service }) => service === 'EMR Serverless')
      ? ["EMR Serverless's"]
      : []),
    ...(assumed.includes('streamInGb') && lines.some(({ service }) => service === 'Kinesis') ? ["Kinesis's"] : []),
  ];
  const taken = assumes.length === 1 ? 'is that' : 'are those';
  return [
    '',
    ...(insteadOf === undefined
      ? []
      : [yellow(`There is no price table of ${insteadOf}: these are the prices of ${region}.`)]),
    dim(
      `List prices of ${region}, ${asOf}, without free tiers, discounts and tax${assumes.length > 0 ? `; ${assumes.join(' and ')} ${taken} of us-east-1` : ''}.`,
    ),
    ...(told.length > 0 ? [dim('~ is an estimate:'), ...told.map((note) => dim(`  ${note}`))] : []),
  ];
}
