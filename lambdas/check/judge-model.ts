/** The checks of one model: all conditions and numbers in one pass over its rows, a closer look only at what failed. */
import type { DuckDBConnection } from '@duckdb/node-api';
import type { Check, CheckResult } from '../../lib/tasks/check';
import type { Run } from '../../lib/tasks/common';
import { CheckFailed } from '../../lib/tasks/errors';
import { messageOf, quoteName, rowsOf } from '../shared/duckdb';
import type { Dataset } from '../shared/manifest';
import type { MeasuresItem } from '../shared/measures';
import { age, badRow, duplicates, newestSql, rule, type Statistic, statisticsOf, titleOf } from './check-sql';
import { asText, describeRow, EXAMPLES, exampleColumns } from './examples';
import { judgeExpectation, numberText } from './expectations';

/** One assertion of one check. `found`: completes "must …, but …"; absent where it holds. */
export interface Finding {
  readonly check: Check;
  readonly result: CheckResult;
  readonly found?: string;
  /** for later runs to compare with */
  readonly measure?: readonly [id: string, value: number];
}

export interface Judging {
  readonly run: Run;
  /** the latest first */
  readonly earlier: readonly MeasuresItem[];
}

export async function judgeModel(
  connection: DuckDBConnection,
  dataset: Dataset,
  checks: readonly Check[],
  judging: Judging,
): Promise<Finding[]> {
  const plans = checks.map((check) => ({
    check,
    // A check against another model is a pass of its own.
    condition: check.kind === 'foreignKey' ? undefined : badRow(check, dataset.columns),
    statistics: statisticsOf(check),
  }));
  const totals = await totalsOf(connection, dataset, plans, judging);
  const findings: Finding[] = [];
  for (const [index, { check, condition, statistics }] of plans.entries()) {
    if (statistics.length > 0) {
      findings.push(
        ...statistics.map((statistic, at) => judgeStatistic(check, statistic, totals[`stat_${index}_${at}`], judging)),
      );
      continue;
    }
    const row = {
      rows: Number(totals.rows),
      bad: Number(totals[`bad_${index}`]),
      newest: totals[`newest_${index}`],
      age: totals[`age_${index}`],
    };
    findings.push(await judgeCheck(connection, dataset, check, condition, row));
  }
  return findings;
}

interface Planned {
  readonly check: Check;
  readonly condition: string | undefined;
  readonly statistics: readonly Statistic[];
}

async function totalsOf(
  connection: DuckDBConnection,
  { name, ...dataset }: Dataset,
  plans: readonly Planned[],
  { run }: Judging,
): Promise<Record<string, unknown>> {
  const at = run.interval?.end ?? run.startedAt;
  const selected = plans.flatMap(({ check, condition, statistics }, index) => {
    const newest = check.kind === 'freshness' ? newestSql(check.column, at) : undefined;
    return [
      ...(condition === undefined ? [] : [`count(*) FILTER (WHERE ${condition}) AS "bad_${index}"`]),
      ...statistics.map(({ sql }, position) => `CAST(${sql} AS DOUBLE) AS "stat_${index}_${position}"`),
      ...(newest ? [`${newest.text} AS "newest_${index}", ${newest.age} AS "age_${index}"`] : []),
    ];
  });
  try {
    const [totals = {}] = await rowsOf(
      connection,
      `SELECT ${['count(*) AS "rows"', ...selected].join(', ')} FROM ${quoteName(name)}`,
    );
    for (const [index, { check }] of plans.entries()) {
      if (check.kind !== 'foreignKey') continue;
      const condition = badRow(check, dataset.columns);
      const [row] = await rowsOf(
        connection,
        `SELECT count(*) AS n FROM ${quoteName(name)} AS "_own" WHERE ${condition}`,
      );
      totals[`bad_${index}`] = row!.n;
    }
    return totals;
  } catch (error) {
    throw new CheckFailed(
      `The checks on model ${name} cannot run: ${messageOf(error)}. Correct the check and deploy it, then start the run anew.`,
      { cause: error },
    );
  }
}

function judgeStatistic(check: Check, statistic: Statistic, read: unknown, { earlier }: Judging): Finding {
  const { id, label, expected, isCount } = statistic;
  const value = read === null || read === undefined ? null : Number(read);
  const before = earlier.flatMap(({ measures }) => measures[id] ?? []);
  const { holds, bound, note } = judgeExpectation(value, expected, before);
  const text = value === null ? undefined : isCount ? String(value) : numberText(value);
  return {
    check,
    result: {
      check: id,
      severity: check.severity,
      outcome: holds ? 'passed' : 'failed',
      rule: `${label} must be ${bound}`,
      ...(text === undefined ? {} : { value: text }),
      ...(note === undefined ? {} : { note }),
    },
    ...(holds ? {} : { found: `it is ${text}` }),
    ...(expected.last === undefined || value === null ? {} : { measure: [id, value] }),
  };
}

interface Totals {
  readonly rows: number;
  readonly bad: number;
  readonly newest: unknown;
  readonly age: unknown;
}

async function judgeCheck(
  connection: DuckDBConnection,
  dataset: Dataset,
  check: Check,
  condition: string | undefined,
  totals: Totals,
): Promise<Finding> {
  const of = (found: string | undefined, more: Partial<CheckResult> = {}): Finding => ({
    check,
    result: {
      check: titleOf(check),
      severity: check.severity,
      outcome: found === undefined ? 'passed' : 'failed',
      rule: rule(check),
      ...more,
    },
    ...(found === undefined ? {} : { found }),
  });
  switch (check.kind) {
    case 'rowCount': {
      const fits = totals.rows >= (check.min ?? 0) && totals.rows <= (check.max ?? Number.POSITIVE_INFINITY);
      return of(fits ? undefined : `there are ${totals.rows}`, { value: `${totals.rows}` });
    }
    case 'unique': {
      const { values, text } = await duplicatesFound(connection, dataset, check);
      return of(text, { bad: values });
    }
    case 'freshness': {
      if (totals.newest === null) return of('there is none');
      const old = Number(totals.age);
      const value = { value: String(totals.newest) };
      return of(old <= check.maxAge.seconds ? undefined : `it is ${totals.newest}, ${age(old)} old`, value);
    }
    default: {
      if (totals.bad === 0) return of(undefined, { bad: 0 });
      const where = check.kind === 'foreignKey' ? badRow(check, dataset.columns) : condition;
      const own = check.kind === 'foreignKey' ? ' AS "_own"' : '';
      const query = `SELECT ${asText(exampleColumns(check, dataset))} FROM ${quoteName(dataset.name)}${own} WHERE ${where} ORDER BY ALL LIMIT ${EXAMPLES}`;
      const examples = (await rowsOf(connection, query)).map(describeRow(dataset)).join('; ');
      const violate = totals.bad === 1 ? 'violates' : 'violate';
      return of(`${totals.bad} of ${totals.rows} rows ${violate} this, e.g. ${examples}`, { bad: totals.bad });
    }
  }
}

async function duplicatesFound(
  connection: DuckDBConnection,
  dataset: Dataset,
  check: Extract<Check, { kind: 'unique' }>,
): Promise<{ values: number; text?: string }> {
  const query = duplicates(check);
  const [count] = await rowsOf(connection, `SELECT count(*) AS n FROM (${query})`);
  const values = Number(count!.n);
  if (values === 0) return { values };
  const examples = await rowsOf(
    connection,
    `SELECT ${asText(check.columns)}, "rows" FROM (${query}) ORDER BY "rows" DESC, ${check.columns.map(quoteName).join(', ')} LIMIT ${EXAMPLES}`,
  );
  const occur = values === 1 ? '1 value occurs' : `${values} values occur`;
  return { values, text: `${occur} more than once: ${examples.map(describeRow(dataset)).join('; ')}` };
}
