/** The checks of a run, told of the tables whose rows they have looked at. */
import type { CheckResult } from '../../lib/tasks/check';
import { datasetOf } from '../shared/manifest';
import type { Told } from './events';
import { targetName } from './names';
import { facetsOf, type InputDataset, producerOf } from './run-event';
import type { RunFacts } from './run-facts';

/** As other tools classify them. */
const CLASSES: Readonly<Record<string, string>> = {
  notNull: 'not_null',
  unique: 'unique',
  rowCount: 'row_count',
  accepted: 'accepted_values',
  between: 'between',
  matches: 'matches',
  foreignKey: 'relationships',
  freshness: 'freshness',
  volume: 'volume',
  distribution: 'distribution',
  inInterval: 'in_interval',
  sqlCheck: 'custom_sql',
};

/** `notNull(orders.id)`, `unique(orders.id, line)`, `rowCount(orders)`, `sqlCheck(orders: amount >= 0)`, `mean(orders.amount)` */
const TITLE = /^(\w+)\((\w+)(?:\.([\w, ]+?))?(?:: [\s\S]*| in \w+)?\)/;

interface Assertion {
  readonly model: string;
  readonly result: CheckResult;
  readonly kind: string;
  readonly column?: string | undefined;
}

/** One dataset for each table that holds rows of a model that was checked. Models without a table are told of nowhere. */
export function checked(told: Told, { checks, manifests }: RunFacts): InputDataset[] {
  const producer = producerOf(told.document.version);
  const assertions = checks.flatMap((result) => assertionOf(result) ?? []);
  return told.document.plan.tables.flatMap((table): InputDataset[] => {
    const own = assertions.filter(({ model }) => model === table.model);
    if (own.length === 0) return [];
    const { namespace, name } = targetName(table.target, told.surroundings);
    const { rows } = datasetOf(manifests, table.model, []);
    return [
      {
        namespace,
        name,
        inputFacets: facetsOf(producer, {
          dataQualityAssertions: { assertions: own.map(asAssertion) },
          dataQualityMetrics: { rowCount: rows, columnMetrics: metricsOf(own) },
        }),
      },
    ];
  });
}

function assertionOf(result: CheckResult): Assertion | undefined {
  const [, kind, model, columns] = TITLE.exec(result.check) ?? [];
  if (kind === undefined || model === undefined) return undefined;
  const column = columns === undefined || columns.includes(',') ? undefined : columns;
  return { model, result, kind, column };
}

function asAssertion({ kind, column, result }: Assertion): object {
  const { check, outcome, severity, rule, value, bad } = result;
  return {
    assertion: CLASSES[kind] ?? kind,
    success: outcome === 'passed',
    severity,
    name: check,
    description: rule,
    ...(column === undefined ? {} : { column }),
    ...(value !== undefined ? { actual: value } : bad !== undefined ? { actual: `${bad} bad rows` } : {}),
  };
}

/** How many NULLs there are, where that was asked. */
function metricsOf(assertions: readonly Assertion[]): Record<string, object> {
  return Object.fromEntries(
    assertions.flatMap(({ kind, column, result: { outcome, bad } }) => {
      if (kind !== 'notNull' || column === undefined) return [];
      const nullCount = outcome === 'passed' ? 0 : bad;
      return nullCount === undefined ? [] : [[column, { nullCount }]];
    }),
  );
}
