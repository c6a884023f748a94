/** Stages a model's rows, as texts, for the publication into a table of Keyspaces. */
import type { Loaded, LoadKeyspacesInput } from '../../lib/tasks/load';
import { keysOf, refuseUnfit } from '../shared/keyspaces/unfit';
import { type StageRowsEnvironment, stageRows } from '../shared/stage-rows';

export function stageForKeyspaces(input: LoadKeyspacesInput, environment: StageRowsEnvironment): Promise<Loaded> {
  const { sink } = input;
  const table = `${sink.keyspace}.${sink.table}`;
  return stageRows(
    input,
    {
      sink,
      table,
      title: `Keyspaces table ${table}`,
      hasOne: 'Cassandra has one row',
      items: 'rows',
      keys: keysOf(sink),
      line(row) {
        refuseUnfit(row, sink);
        return row;
      },
    },
    environment,
  );
}
