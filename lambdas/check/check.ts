/** Asserts on what is staged, before anything is published: rows of the models, and each source's share of bad rows. */
import { availableParallelism } from 'node:os';
import type { S3Client } from '@aws-sdk/client-s3';
import type * as z from 'zod/mini';
import {
  type Check,
  type CheckInput,
  type CheckOutput,
  type CheckResult,
  type checkReport,
  comparesWithRuns,
  MOST_RESULTS,
} from '../../lib/tasks/check';
import type { Manifest, RejectedRow, Run } from '../../lib/tasks/common';
import { CheckFailed, UnreadableFile } from '../../lib/tasks/errors';
import { judgeBadRows, ROWS_IN_MESSAGE } from '../shared/bad-rows';
import { openEngine } from '../shared/duckdb';
import { type Dataset, datasetOf, readManifests, writeDocument } from '../shared/manifest';
import type { MeasuresItem } from '../shared/measures';
import { readBytes } from '../shared/objects';
import { stageInput } from '../shared/stage-inputs';
import { statisticsOf } from './check-sql';
import { type Finding, judgeModel } from './judge-model';

export interface CheckEnvironment {
  readonly s3: S3Client;
  readonly workBucket: string;
  /** names what this attempt writes */
  readonly attempt: string;
  /** what runs before this one have measured, the latest first */
  readonly earlier: (run: Run, most: number) => Promise<readonly MeasuresItem[]>;
  readonly memoryMb?: number;
}

const MOST_WARNINGS = 50;
/** A failure's message travels through the state machine, the ledger and an email. */
const MOST_SENTENCES = 20;
const MOST_SENTENCE_CHARACTERS = 600;
const MOST_RULE_CHARACTERS = 300;

export async function checkStaged(given: CheckInput, environment: CheckEnvironment): Promise<CheckOutput> {
  const { s3, workBucket } = environment;
  const input = { ...given, checks: [...given.checks, ...inRebuilt(given)] };
  const manifests = await readManifests(s3, workBucket, input.manifests);
  for (const source of input.sources) await judgeSource(source, manifests, environment);
  const datasets = new Map(input.models.map(({ name, columns }) => [name, datasetOf(manifests, name, columns)]));
  const findings = input.checks.length > 0 ? await judge(input, datasets, environment) : [];
  const results = resultsOf(findings);
  const failed = findings.flatMap(({ check, result, found }) =>
    found === undefined ? [] : [{ check, sentence: cut(`${check.model}: ${result.rule}, but ${found}.`) }],
  );
  const sentences = (severity: Check['severity']) =>
    failed.filter(({ check }) => check.severity === severity).map(({ sentence }) => sentence);
  const errors = sentences('error');
  if (errors.length > 0) {
    const location = await writeReport(input, results, environment);
    throw new CheckFailed(failureMessage(errors, findings.length, location));
  }
  return {
    passed: findings.length - failed.length,
    ...(results.length > 0 ? { results } : {}),
    ...measuresIn(findings),
    ...notesIn(findings),
    warnings: sentences('warn').slice(0, MOST_WARNINGS),
    rows: [...datasets.values()].reduce((sum, { rows }) => sum + rows, 0),
    rejected: manifests.reduce((sum, { source }) => sum + (source?.rejected ?? 0), 0),
  };
}

/** A row outside would be there twice. */
const inRebuilt = ({ run: { rebuilds }, rebuilt = [] }: CheckInput): Check[] =>
  rebuilds ? rebuilt.map((model) => ({ kind: 'inInterval', model, column: rebuilds.column, severity: 'error' })) : [];

const spanOf = ({ rebuilds }: Run) => rebuilds && { start: rebuilds.start, end: rebuilds.end };

async function judge(
  { run, checks }: CheckInput,
  datasets: ReadonlyMap<string, Dataset>,
  { s3, workBucket, memoryMb, earlier }: CheckEnvironment,
): Promise<Finding[]> {
  const history = checks.some(comparesWithRuns) ? await earlier(run, mostRuns(checks)) : [];
  const engine = await openEngine({
    threads: availableParallelism(),
    interval: run.interval ?? spanOf(run),
    ...(memoryMb === undefined ? {} : { memoryMb }),
  });
  try {
    const connection = await engine.connect();
    const staged = new Set<string>();
    const stage = async (name: string) => {
      if (staged.has(name)) return;
      staged.add(name);
      await stageInput(s3, workBucket, engine, connection, datasets.get(name)!);
    };
    const findings: Finding[] = [];
    for (const [name, dataset] of datasets) {
      const own = checks.filter(({ model }) => model === name);
      if (own.length === 0) continue;
      await stage(name);
      for (const check of own) if (check.kind === 'foreignKey') await stage(check.references.model);
      findings.push(...(await judgeModel(connection, dataset, own, { run, earlier: history })));
    }
    connection.closeSync();
    return findings;
  } finally {
    await engine.close();
  }
}

/** How far back the checks look. */
function mostRuns(checks: readonly Check[]): number {
  const lasts = checks.flatMap((check) => statisticsOf(check).map(({ expected }) => expected.last ?? 0));
  return Math.max(0, ...lasts);
}

/** Of more than can travel, those that failed. */
function resultsOf(findings: readonly Finding[]): CheckResult[] {
  const results = findings.map(({ result }) => ({
    ...result,
    check: shortened(result.check),
    rule: shortened(result.rule),
  }));
  if (results.length <= MOST_RESULTS) return results;
  const failed = results.filter(({ outcome }) => outcome === 'failed');
  return [...failed, ...results.filter(({ outcome }) => outcome === 'passed')].slice(0, MOST_RESULTS);
}

function measuresIn(findings: readonly Finding[]): Pick<CheckOutput, 'measures'> {
  const measures = findings.flatMap(({ measure }) => (measure ? [measure] : []));
  return measures.length > 0 ? { measures: Object.fromEntries(measures.slice(0, MOST_RESULTS)) } : {};
}

function notesIn(findings: readonly Finding[]): Pick<CheckOutput, 'notes'> {
  const notes = findings.flatMap(({ result: { check, note } }) =>
    note === undefined ? [] : [`${shortened(check)}: ${note}.`],
  );
  return notes.length > 0 ? { notes: notes.slice(0, MOST_WARNINGS) } : {};
}

/** A task that fails answers nothing but a message, so what it found is left where the report on the failure finds it. */
async function writeReport(
  { run }: CheckInput,
  results: CheckResult[],
  { s3, workBucket, attempt }: CheckEnvironment,
): Promise<string> {
  const key = `runs/${run.pipeline}/${run.runId}/checks-${attempt}.json`;
  const report: z.infer<typeof checkReport> = { results };
  await writeDocument(s3, workBucket, key, report);
  return `s3://${workBucket}/${key}`;
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
  const limits = {
    read,
    rejected,
    where: `${extracted[0]?.isModel ? 'model' : 'source'} ${name}`,
    first: [],
    location: locations.slice(0, 3).join(', '),
  };
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
  let head: Buffer;
  try {
    head = await readBytes(s3, { bucket, key, etag }, 0, Math.min(length, 512 * 1024));
  } catch (error) {
    // A rerun counts the bad rows of the run before it, whose text may have been discarded meanwhile.
    if (error instanceof UnreadableFile) return [];
    throw error;
  }
  const lines = head.toString().split('\n');
  // The last line is empty, or cut.
  return lines
    .slice(0, -1)
    .slice(0, ROWS_IN_MESSAGE)
    .map((line) => JSON.parse(line));
}

const cut = (sentence: string): string =>
  sentence.length > MOST_SENTENCE_CHARACTERS ? `${sentence.slice(0, MOST_SENTENCE_CHARACTERS - 2)}….` : sentence;

const shortened = (text: string): string =>
  text.length > MOST_RULE_CHARACTERS ? `${text.slice(0, MOST_RULE_CHARACTERS)}…` : text;

function failureMessage(errors: readonly string[], checks: number, location: string): string {
  const shown = errors.slice(0, MOST_SENTENCES).join('\n');
  const more = errors.length > MOST_SENTENCES ? `\n… and ${errors.length - MOST_SENTENCES} more.` : '';
  return `${errors.length} of ${checks} checks failed; nothing was published.\n${shown}${more}\nAll results are in ${location}.`;
}
