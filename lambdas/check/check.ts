/** Asserts on what is staged, before anything is published: rows of the models, and each source's share of bad rows. */
import { availableParallelism } from 'node:os';
import type { S3Client } from '@aws-sdk/client-s3';
import type { DuckDBConnection } from '@duckdb/node-api';
import type { Check, CheckInput, CheckOutput } from '../../lib/tasks/check';
import type { Manifest, RejectedRow } from '../../lib/tasks/common';
import { CheckFailed } from '../../lib/tasks/errors';
import { judgeBadRows, ROWS_IN_MESSAGE } from '../shared/bad-rows';
import { messageOf, openEngine, quoteName, rowsOf } from '../shared/duckdb';
import { type Dataset, datasetOf, readManifests } from '../shared/manifest';
import { readBytes } from '../shared/objects';
import { stageInput } from '../shared/stage-inputs';
import { badRow, duplicates, literal, rule } from './check-sql';

export interface CheckEnvironment {
  readonly s3: S3Client;
  readonly workBucket: string;
  readonly memoryMb?: number;
}

const EXAMPLES = 5;
const MOST_WARNINGS = 50;
/** A failure's message travels through the state machine, the ledger and an email. */
const MOST_SENTENCES = 20;
const MOST_SENTENCE_CHARACTERS = 600;
const COLUMNS_IN_EXAMPLE = 6;

export async function checkStaged(input: CheckInput, environment: CheckEnvironment): Promise<CheckOutput> {
  const { s3, workBucket, memoryMb } = environment;
  const manifests = await readManifests(s3, workBucket, input.manifests);
  for (const source of input.sources) await judgeSource(source, manifests, environment);
  const datasets = new Map(input.models.map(({ name, columns }) => [name, datasetOf(manifests, name, columns)]));
  const failed: { check: Check; sentence: string }[] = [];
  if (input.checks.length > 0) {
    const engine = await openEngine({
      threads: availableParallelism(),
      interval: input.run.interval,
      ...(memoryMb === undefined ? {} : { memoryMb }),
    });
    try {
      const connection = await engine.connect();
      for (const [name, dataset] of datasets) {
        const checks = input.checks.filter(({ model }) => model === name);
        if (checks.length === 0) continue;
        await stageInput(s3, workBucket, engine, connection, dataset);
        for (const failure of await failures(connection, dataset, checks)) failed.push(failure);
      }
      connection.closeSync();
    } finally {
      await engine.close();
    }
  }
  const sentences = (severity: Check['severity']) =>
    failed.filter(({ check }) => check.severity === severity).map(({ sentence }) => sentence);
  const errors = sentences('error');
  if (errors.length > 0) throw new CheckFailed(failureMessage(errors, input.checks.length));
  return {
    passed: input.checks.length - failed.length,
    warnings: sentences('warn').slice(0, MOST_WARNINGS),
    rows: [...datasets.values()].reduce((sum, { rows }) => sum + rows, 0),
    rejected: manifests.reduce((sum, { source }) => sum + (source?.rejected ?? 0), 0),
  };
}

async function judgeSource(
  { name, onBadRow }: CheckInput['sources'][number],
  manifests: readonly Manifest[],
  { s3, workBucket }: CheckEnvironment,
): Promise<void> {
  const extracted = manifests.flatMap(({ source }) => (source?.name === name ? [source] : []));
  const read = extracted.reduce((sum, source) => sum + source.read, 0);
  const rejected = extracted.reduce((sum, source) => sum + source.rejected, 0);
  const quarantines = extracted.flatMap(({ quarantine }) => (quarantine ? [quarantine] : []));
  const locations = quarantines.map(({ key }) => `s3://${workBucket}/${key}`);
  const limits = { read, rejected, where: `source ${name}`, first: [], location: locations.slice(0, 3).join(', ') };
  try {
    judgeBadRows(onBadRow, limits);
  } catch {
    const first: RejectedRow[] = [];
    for (const quarantine of quarantines) {
      if (first.length >= ROWS_IN_MESSAGE) break;
      first.push(...(await firstRows(s3, workBucket, quarantine)));
    }
    judgeBadRows(onBadRow, { ...limits, first: first.slice(0, ROWS_IN_MESSAGE) });
  }
}

async function firstRows(
  s3: S3Client,
  bucket: string,
  { key, etag, length }: { key: string; etag: string; length: number },
): Promise<RejectedRow[]> {
  const head = await readBytes(s3, { bucket, key, etag }, 0, Math.min(length, 512 * 1024));
  const lines = head.toString().split('\n');
  // The last line is empty, or cut.
  return lines
    .slice(0, -1)
    .slice(0, ROWS_IN_MESSAGE)
    .map((line) => JSON.parse(line));
}

/** All conditions on single rows in one pass; a closer look only at what failed. */
async function failures(
  connection: DuckDBConnection,
  dataset: Dataset,
  checks: readonly Check[],
): Promise<{ check: Check; sentence: string }[]> {
  const model = quoteName(dataset.name);
  const conditions = checks.map((check) => badRow(check, dataset.columns));
  const counts = conditions.map((condition) =>
    condition === undefined ? '0' : `count(*) FILTER (WHERE ${condition})`,
  );
  const selected = ['count(*) AS "rows"', ...counts.map((count, index) => `${count} AS "bad_${index}"`)];
  let totals: Record<string, unknown>;
  try {
    [totals = {}] = await rowsOf(connection, `SELECT ${selected.join(', ')} FROM ${model}`);
  } catch (error) {
    throw new CheckFailed(
      `The checks on model ${dataset.name} cannot run: ${messageOf(error)}. Correct the check and deploy it, then start the run anew.`,
      { cause: error },
    );
  }
  const total = Number(totals.rows);
  const failed: { check: Check; sentence: string }[] = [];
  for (const [index, check] of checks.entries()) {
    const found = await findings(connection, dataset, check, total, Number(totals[`bad_${index}`]), conditions[index]);
    if (found !== undefined) failed.push({ check, sentence: cut(`${dataset.name}: ${rule(check)}, but ${found}.`) });
  }
  return failed;
}

async function findings(
  connection: DuckDBConnection,
  dataset: Dataset,
  check: Check,
  total: number,
  bad: number,
  condition: string | undefined,
): Promise<string | undefined> {
  if (check.kind === 'rowCount') {
    const fits = total >= (check.min ?? 0) && total <= (check.max ?? Number.POSITIVE_INFINITY);
    return fits ? undefined : `there are ${total}`;
  }
  if (check.kind === 'unique') {
    const query = duplicates(check);
    const [count] = await rowsOf(connection, `SELECT count(*) AS n FROM (${query})`);
    const values = Number(count!.n);
    if (values === 0) return undefined;
    const examples = await rowsOf(
      connection,
      `SELECT ${asText(check.columns)}, "rows" FROM (${query}) ORDER BY "rows" DESC, ${check.columns.map(quoteName).join(', ')} LIMIT ${EXAMPLES}`,
    );
    return `${values === 1 ? '1 value occurs' : `${values} values occur`} more than once: ${examples.map(describeRow(dataset)).join('; ')}`;
  }
  if (bad === 0) return undefined;
  const query = `SELECT ${asText(exampleColumns(check, dataset))} FROM ${quoteName(dataset.name)} WHERE ${condition} ORDER BY ALL LIMIT ${EXAMPLES}`;
  return `${bad} of ${total} rows ${bad === 1 ? 'violates' : 'violate'} this, e.g. ${(await rowsOf(connection, query)).map(describeRow(dataset)).join('; ')}`;
}

/** The columns that the check is about, then the first ones of the model: keys stand there. */
function exampleColumns(check: Check, { columns }: Dataset): string[] {
  const about =
    'column' in check ? [check.column] : columns.map(({ name }) => name).filter((name) => mentions(check, name));
  return [...new Set([...columns.slice(0, 2).map(({ name }) => name), ...about])].slice(0, COLUMNS_IN_EXAMPLE);
}

const mentions = (check: Check, name: string): boolean =>
  check.kind === 'sqlCheck' && new RegExp(`\\b${name}\\b`, 'i').test(check.condition);

/** Values as DuckDB prints them. */
const asText = (columns: readonly string[]): string =>
  columns.map((name) => `CAST(${quoteName(name)} AS VARCHAR) AS ${quoteName(name)}`).join(', ');

const describeRow =
  ({ columns }: Dataset) =>
  (row: Record<string, unknown>): string =>
    Object.entries(row)
      .map(([name, value]) => {
        const isText = columns.some((column) => column.name === name && ['text', 'json'].includes(column.type.type));
        return `${name}=${value === null ? 'NULL' : isText ? literal(shortened(String(value))) : value}`;
      })
      .join(', ');

const shortened = (text: string): string => (text.length > 60 ? `${text.slice(0, 60)}…` : text);

const cut = (sentence: string): string =>
  sentence.length > MOST_SENTENCE_CHARACTERS ? `${sentence.slice(0, MOST_SENTENCE_CHARACTERS - 2)}….` : sentence;

function failureMessage(errors: readonly string[], checks: number): string {
  const shown = errors.slice(0, MOST_SENTENCES).join('\n');
  const more = errors.length > MOST_SENTENCES ? `\n… and ${errors.length - MOST_SENTENCES} more.` : '';
  return `${errors.length} of ${checks} checks failed; nothing was published.\n${shown}${more}`;
}
