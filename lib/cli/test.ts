/** `npx stepwell test`: the unit tests of models, and what differs where one fails. */

import { resolveTogether } from '../compiler';
import type { Difference, JudgedRow, Mistake, Outcome, TestedFile, TestedPipeline } from '../model-tests';
import { hasPassed, testModels } from '../model-tests';
import { Refused } from '../operate/errors';
import { namedPipelines, type PipelineFolder, pipelineFolders } from '../operate/pipelines';
import { oneLine, plural } from '../operate/text';
import { suggest } from '../pipeline/errors';
import { printer } from './printer';
import { bold, dim, green, red, table, yellow } from './terminal';

export interface TestOptions {
  readonly json: boolean;
  /** holds a folder for each pipeline; `state-machines/` unless told */
  readonly parent?: string;
}

/** @throws {Refused} for a pipeline or a model that is not there. Exit code: 1 if a test failed, 2 if one could not run. */
export async function test(
  pipeline: string | undefined,
  model: string | undefined,
  options: TestOptions,
): Promise<void> {
  const tested: TestedPipeline[] = [];
  const folders = await pipelineFolders(options.parent);
  // A model may read what another pipeline publishes.
  const resolved = await resolveTogether(folders);
  const all = folders.map(({ folder }, index) => ({ folder, pipeline: resolved[index]! }));
  for (const one of chosen(all, pipeline, model)) {
    tested.push(await testModels(one.pipeline, { folder: one.folder, model }));
  }
  printer(options).print(tested.map(documentOf), () => linesOf(tested));
  process.exitCode = exitCodeOf(tested);
}

function chosen(
  all: readonly PipelineFolder[],
  pipeline: string | undefined,
  model: string | undefined,
): readonly PipelineFolder[] {
  const found = namedPipelines(all, pipeline === undefined ? [] : [pipeline]);
  const models = found.flatMap((one) => Object.keys(one.pipeline.models));
  if (model !== undefined && !models.includes(model)) {
    throw new Refused(`Pipeline '${pipeline}' has no model '${model}'. ${suggest(model, models)}`);
  }
  return found;
}

const outcomesOf = (tested: readonly TestedPipeline[]): Outcome[] =>
  tested.flatMap(({ files }) => files.flatMap(({ outcomes }) => outcomes));

function exitCodeOf(tested: readonly TestedPipeline[]): number {
  const outcomes = outcomesOf(tested);
  const mistakes = [...tested.flatMap(({ files }) => files), ...outcomes].flatMap((one) => one.mistakes);
  if (mistakes.length > 0) return 2;
  return outcomes.every(hasPassed) ? 0 : 1;
}

/** For `--json`: maps are objects. */
function documentOf({ pipeline, files, untested }: TestedPipeline) {
  return {
    pipeline,
    files: files.map(({ file, model, mistakes, skipped, outcomes }) => ({
      file,
      model,
      mistakes,
      ...(skipped === undefined ? {} : { skipped }),
      tests: outcomes.map((outcome) => ({
        name: outcome.name,
        line: outcome.line,
        passed: hasPassed(outcome),
        mistakes: outcome.mistakes,
        rejected: outcome.rejected,
        ...(outcome.error === undefined ? {} : { error: outcome.error }),
        ...(outcome.difference ? { difference: differenceDocument(outcome.difference) } : {}),
      })),
    })),
    untested,
  };
}

const rowDocument = (row: JudgedRow): Record<string, string | null> => Object.fromEntries(row);
const differenceDocument = ({ missing, unexpected, changed, order }: Difference) => ({
  missing: missing.map(rowDocument),
  unexpected: unexpected.map(rowDocument),
  changed: changed.map((row) => ({
    expected: rowDocument(row.expected),
    actual: rowDocument(row.actual),
    columns: row.columns,
  })),
  ...(order ? { order } : {}),
});

function linesOf(tested: readonly TestedPipeline[]): string[] {
  const lines = tested.flatMap(({ pipeline, files, untested }) => [
    ...(files.length + untested.length > 0 ? [bold(pipeline)] : []),
    ...files.flatMap(fileLines),
    ...(untested.length > 0 ? [dim(`  no tests for ${untested.join(', ')}`)] : []),
  ]);
  const outcomes = outcomesOf(tested);
  if (outcomes.length === 0 && tested.every(({ files }) => files.length === 0)) {
    return [...lines, '', 'No tests: write them into <model>.test.yaml beside the SQL (docs/pipelines.md shows how).'];
  }
  const passed = outcomes.filter(hasPassed).length;
  const left = tested.flatMap(({ files }) => files).filter(({ skipped }) => skipped !== undefined).length;
  const summary = `${passed} of ${plural(outcomes.length, 'test')} passed${left === 0 ? '' : `, ${plural(left, 'file')} skipped`}`;
  return [...lines, '', passed === outcomes.length && exitCodeOf(tested) === 0 ? green(summary) : red(summary)];
}

/** Also what jest shows of a file. */
export function fileLines({ file, model, mistakes, skipped, outcomes }: TestedFile): string[] {
  return [
    ...mistakeLines(file, mistakes, '  '),
    ...(skipped === undefined ? [] : [`  ${yellow('-')} ${model}: skipped, as ${skipped}`]),
    ...outcomes.flatMap((outcome) => [
      `  ${hasPassed(outcome) ? green('✓') : red('✗')} ${model}: ${oneLine(outcome.name)}`,
      ...outcomeLines(file, outcome),
    ]),
  ];
}

const mistakeLines = (file: string, mistakes: readonly Mistake[], indent: string): string[] =>
  mistakes.map(({ line, rule, remedy }) => `${indent}${red(`${file}:${line}`)}: ${oneLine(rule)}. ${remedy}`);

function outcomeLines(file: string, outcome: Outcome): string[] {
  const indent = '      ';
  const { difference, error, mistakes, rejected, line } = outcome;
  if (mistakes.length > 0) return mistakeLines(file, mistakes, indent);
  const at = `${indent}${file}:${line}: `;
  if (error !== undefined) return [`${at}${error.split('\n').join(`\n${indent}`)}`];
  if (difference === undefined) return [];
  if (difference.order) return [`${at}the rows are right, and in another order`];
  return [
    `${at}${summaryOf(difference)}`,
    ...differenceTable(outcome, difference),
    ...rejected.map(
      ({ row, column, reason }) =>
        `${indent}what was made of row ${row} is a bad row: ${column === null ? '' : `${column}: `}${oneLine(reason)}`,
    ),
  ];
}

function summaryOf({ missing, unexpected, changed }: Difference): string {
  const parts = [
    ...(changed.length > 0 ? [`${plural(changed.length, 'row')} ${changed.length === 1 ? 'differs' : 'differ'}`] : []),
    ...(missing.length > 0 ? [`${plural(missing.length, 'row')} missing (-)`] : []),
    ...(unexpected.length > 0 ? [`${plural(unexpected.length, 'row')} unexpected (+)`] : []),
  ];
  return `${parts.join(', ')}${changed.length > 0 ? ' (expected → got)' : ''}`;
}

function differenceTable({ columns }: Outcome, { missing, unexpected, changed }: Difference): string[] {
  const names = columns.map(({ name }) => name);
  const row = (mark: string, cells: JudgedRow) => [mark, ...names.map((name) => shown(cells.get(name)))];
  return table(
    ['', ...names],
    [
      ...changed.map(({ expected, actual, columns: differing }) => [
        yellow('≠'),
        ...names.map((name) =>
          differing.includes(name)
            ? `${red(shown(expected.get(name)))} → ${green(shown(actual.get(name)))}`
            : shown(expected.get(name)),
        ),
      ]),
      ...missing.map((cells) => row(red('-'), cells)),
      ...unexpected.map((cells) => row(green('+'), cells)),
    ],
    { indent: 6 },
  );
}

function shown(value: string | null | undefined): string {
  if (value === null || value === undefined) return 'NULL';
  return value === '' ? "''" : oneLine(value) || JSON.stringify(value);
}
