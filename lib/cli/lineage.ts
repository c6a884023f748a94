/** What tables are made of, as the definitions of this checkout say, and which runs have made them, where a cloud can be asked. */
import { compileTogether } from '../compiler';
import { deployed } from '../operate/connection';
import { Refused } from '../operate/errors';
import { intervalText } from '../operate/intervals';
import { latestRuns, type RunRow } from '../operate/ledger';
import { compatiblePipelines } from '../operate/pipelines';
import { count, moment, shorten } from '../operate/text';
import { suggest } from '../pipeline/errors';
import type { LineageOrigin, LineagePlace, LineagePlan, LineageTable } from '../tasks/lineage';
import { connectIfUp } from './connect';
import { printer, type VerbOptions } from './printer';
import { bold, dim, table as textTable } from './terminal';

/** Of which the latest that have published are shown. */
const SEARCHED = 200;

export interface ShownTable {
  /** e.g. `redshift:shop.orders` */
  readonly table: string;
  readonly pipeline: string;
  /** in the order of their work; the last one's rows are the table's */
  readonly models: readonly string[];
  readonly sources: readonly { readonly name: string; readonly reads: readonly string[] }[];
  /** tables that it is made of */
  readonly tables: readonly string[];
  /** tables that are made of it */
  readonly readBy: readonly { readonly pipeline: string; readonly table: string }[];
  /** absent where the SQL does not tell it of all */
  readonly columns?: Readonly<Record<string, readonly LineageOrigin[]>>;
  /** that have published it, the latest first; absent where no cloud was asked */
  readonly runs?: readonly ShownRun[];
}

export interface ShownRun extends Pick<RunRow, 'runId' | 'files' | 'interval' | 'after'> {
  readonly endedAt?: string;
  readonly rows: number;
}

export async function showLineage(name: string, options: VerbOptions & { readonly limit: number }): Promise<void> {
  const plans = (await compileTogether(await compatiblePipelines())).map(({ lineage }) => lineage);
  const meant = tablesMeant(name, plans);
  const runs = await runsOf(new Set(meant.map(({ plan }) => plan.pipeline)), options);
  const tables = meant.map(({ plan, table }): ShownTable => {
    const own = runs?.get(plan.pipeline) ?? [];
    const publishing = own.flatMap((run) => shownRun(run, table.sink)).slice(0, options.limit);
    return { ...shownTable(plan, table, plans), ...(runs?.has(plan.pipeline) ? { runs: publishing } : {}) };
  });
  const isOne = !plans.some(({ pipeline }) => pipeline === name);
  printer(options).print(tables, () =>
    tables.flatMap((table, index) => [...(index > 0 ? [''] : []), ...linesOf(table, isOne)]),
  );
}

interface Meant {
  readonly plan: LineagePlan;
  readonly table: LineageTable;
}

/** Of a pipeline, all of its; of a table's name, those that are called so in any database. @throws {Refused} */
export function tablesMeant(name: string, plans: readonly LineagePlan[]): Meant[] {
  const all = plans.flatMap((plan) => plan.tables.map((table) => ({ plan, table })));
  const ofPipeline = all.filter(({ plan }) => plan.pipeline === name);
  if (ofPipeline.length > 0) return ofPipeline;
  const found = all.filter(({ table }) => [table.sink, nameOf(table)].includes(name));
  if (found.length > 0) return found;
  const known = [...new Set([...plans.map(({ pipeline }) => pipeline), ...all.map(({ table }) => nameOf(table))])];
  throw new Refused(`There is no pipeline and no table '${name}'. ${suggest(name, known)}`);
}

/** Without the kind of its database. */
const nameOf = ({ sink }: LineageTable): string => sink.slice(sink.indexOf(':') + 1);

export function shownTable(plan: LineagePlan, table: LineageTable, plans: readonly LineagePlan[]): ShownTable {
  const sources = plan.sources.filter(({ name }) => table.sources.includes(name));
  return {
    table: table.sink,
    pipeline: plan.pipeline,
    models: table.models,
    sources: sources.map(({ name, places }) => ({ name, reads: places.map(placeText) })),
    tables: table.tables,
    readBy: plans.flatMap(({ pipeline, sources: all, tables }) =>
      tables
        .filter((other) => {
          if (pipeline === plan.pipeline) return other.tables.includes(table.sink);
          const read = all.filter(({ name }) => other.sources.includes(name));
          return read.some(({ places }) => places.some((place) => isOf(place, table)));
        })
        .map(({ sink }) => ({ pipeline, table: sink })),
    ),
    ...(table.origins ? { columns: table.origins } : {}),
  };
}

const isOf = (place: LineagePlace, { target }: LineageTable): boolean =>
  place.kind === 'published' && place.targets.some((one) => JSON.stringify(one) === JSON.stringify(target));

function placeText(place: LineagePlace): string {
  switch (place.kind) {
    case 'landing':
      return `files in the landing bucket under ${place.prefix === '' ? 'any key' : `${place.prefix}/`}`;
    case 'http':
      return place.url;
    case 'database': {
      const { engine, secret, table } = place;
      const of = `${engine === 'mysql' ? 'MySQL' : 'PostgreSQL'} of the secret ${secret}`;
      return table === undefined ? `a query in ${of}` : `${table} in ${of}`;
    }
    case 'dynamoDb':
      return `DynamoDB table ${place.table}`;
    case 'custom':
      return 'your own extractor';
    case 'published':
      return place.targets
        .map((target) => `${target.kind}:${'schema' in target ? `${target.schema}.` : ''}${target.table}`)
        .join(', ');
  }
}

/** Of deployed pipelines. Undefined: no cloud is up, and no account is named. */
async function runsOf(
  pipelines: ReadonlySet<string>,
  options: VerbOptions,
): Promise<Map<string, RunRow[]> | undefined> {
  const connection = await connectIfUp(options);
  if (connection === undefined) return undefined;
  const stacks = await deployed(connection);
  const asked = stacks.pipelines.filter(({ name }) => pipelines.has(name));
  return new Map(
    await Promise.all(
      asked.map(async (one) => [one.name, await latestRuns(connection, stacks, one, SEARCHED)] as const),
    ),
  );
}

function shownRun({ runId, files, interval, after, endedAt, published = {} }: RunRow, sink: string): ShownRun[] {
  const own = published[sink];
  if (own === undefined) return [];
  return [
    {
      runId,
      ...(endedAt === undefined ? {} : { endedAt }),
      rows: own.rows,
      files,
      ...(interval ? { interval } : {}),
      ...(after ? { after } : {}),
    },
  ];
}

const MOST_OF_CONTENT = 60;

/** `isOne`: a table was named, and its columns are shown. */
export function linesOf(shown: ShownTable, isOne: boolean): string[] {
  const { table, pipeline, models, sources, tables, readBy, columns, runs } = shown;
  const facts: [string, string][] = [
    ...sources.map(({ name, reads }): [string, string] => ['source', `${name}: ${reads.join(', ')}`]),
    ...tables.map((one): [string, string] => ['table', one]),
    ['models', models.join(' → ')],
    ...readBy.map((other): [string, string] => ['read by', `${other.table} of ${other.pipeline}`]),
  ];
  return [
    `${bold(table)}  of pipeline ${pipeline}`,
    ...facts.map(([label, text]) => `  ${label.padEnd(8)} ${text}`),
    ...(isOne ? columnLines(columns) : []),
    ...runLines(runs),
  ];
}

function columnLines(columns: ShownTable['columns']): string[] {
  if (columns === undefined) return ['', dim('  Which columns it is made of the SQL does not tell.')];
  const rows = Object.entries(columns).map(([name, origins]) => [
    name,
    origins
      .map((origin) => `${origin.of}.${origin.column}${HOW[origin.how]}${origin.masked ? ' (hidden)' : ''}`)
      .join(', '),
  ]);
  return ['', ...textTable(['Column', 'Made of'], rows, { indent: 2 })];
}

const HOW: Readonly<Record<LineageOrigin['how'], string>> = {
  IDENTITY: '',
  TRANSFORMATION: ' (calculated)',
  AGGREGATION: ' (of many rows)',
  CONDITION: ' (decides)',
};

function runLines(runs: ShownTable['runs']): string[] {
  if (runs === undefined) return [];
  if (runs.length === 0) return ['', dim('  No run of late has published it.')];
  return [
    '',
    ...textTable(
      ['Run', 'Published', 'Rows', 'File or interval'],
      runs.map((run) => [
        run.runId.slice(0, 8),
        run.endedAt === undefined ? '' : moment(run.endedAt),
        count(run.rows),
        contentText(run),
      ]),
      { right: [2], indent: 2 },
    ),
  ];
}

function contentText({ files, interval, after }: ShownRun): string {
  if (interval) return `${intervalText(interval)} UTC`;
  if (after) return `after ${after.pipeline} ${after.runId.slice(0, 8)}`;
  return shorten(files.join(', '), MOST_OF_CONTENT);
}
