/** Where the load ledgers of the databases and the runs of the ledger say different things. Pure. */
import type { Difference, LedgerLoad, LoadDatabase } from '../../lib/tasks/reconcile';
import type { RunItem } from '../shared/run-item';

export type RunFacts = Pick<RunItem, 'runId' | 'loadKey' | 'generation' | 'published'>;

/** `known`: ids of the loads' runs that the ledger has, whatever has become of them. `runs`: those that have succeeded lately. */
export function compare(
  loads: readonly LedgerLoad[],
  runs: readonly RunFacts[],
  known: ReadonlySet<string>,
): Difference[] {
  return [...withoutRun(loads, known), ...runs.flatMap((run) => ofRun(run, loads))];
}

const placeOf = ({ database, table }: Pick<LedgerLoad, 'database' | 'table'>): string => `${database}:${table}`;

const withoutRun = (loads: readonly LedgerLoad[], known: ReadonlySet<string>): Difference[] =>
  loads
    .filter(({ runId }) => !known.has(runId))
    .map((load) => ({
      kind: 'load without a run',
      text: `${placeOf(load)} holds ${load.rows} rows of run ${load.runId}, of which the ledger knows nothing`,
    }));

function ofRun(
  { runId, loadKey, generation = 0, published = {} }: RunFacts,
  loads: readonly LedgerLoad[],
): Difference[] {
  return Object.values(published).flatMap(({ sink, rows, changed }): Difference[] => {
    const [kind = '', table = ''] = split(sink);
    // What was there already is another run's, and the lake and DynamoDB have no ledger of their own.
    if (!changed || (kind !== 'redshift' && kind !== 'postgres')) return [];
    const database: LoadDatabase = kind;
    const same = loads.filter((load) => load.database === database && load.table === table && load.loadKey === loadKey);
    const own = same.find((load) => load.generation === generation && load.runId === runId);
    if (own !== undefined && own.rows !== rows) {
      const text = `run ${runId} has published ${rows} rows into ${sink}, and its load ledger says ${own.rows}`;
      return [{ kind: 'other rows', text }];
    }
    // One of a later generation has taken its place.
    if (own !== undefined || same.some((load) => load.generation >= generation)) return [];
    const text = `run ${runId} has published ${rows} rows into ${sink}, of which its load ledger knows nothing`;
    return [{ kind: 'run without a load', text }];
  });
}

/** `redshift:shop.orders` */
const split = (sink: string): [string, string] => [sink.slice(0, sink.indexOf(':')), sink.slice(sink.indexOf(':') + 1)];
