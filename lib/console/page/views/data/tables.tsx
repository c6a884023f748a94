/** All tables that pipelines publish into. */
import { useState } from 'preact/hooks';
import type { RowCount, TableSummary, Tables } from '../../../types/data';
import { Search } from '../../parts/search';
import { Empty, ErrorBox, Loading } from '../../parts/states';
import { type Column, Table } from '../../parts/table';
import { countText } from '../../parts/text';
import { Ago } from '../../parts/time';
import { useApi } from '../../shell/api';
import { path } from '../../shell/location';
import type { ViewProps } from '../../views';

export const DATABASES: Readonly<Record<TableSummary['database'], string>> = {
  redshift: 'Redshift',
  aurora: 'Aurora',
  lake: 'lake',
  dynamodb: 'DynamoDB',
  keyspaces: 'Keyspaces',
};

export const tableHref = ({ database, name }: Pick<TableSummary, 'database' | 'name'>): string =>
  path('/data', database, name);

export const apiOf = (id: string): string => path('/api/data/tables', id);

export default function TablesView({ query }: ViewProps) {
  const { data, error, reload } = useApi<Tables>('/api/data/tables');
  const filter = query.get('filter') ?? '';
  return (
    <>
      <div class="title">
        <h1>Data</h1>
        <div class="actions">
          <Search label="Only tables or pipelines with" placeholder="Table or pipeline" value={filter} />
        </div>
      </div>
      {data !== undefined ? (
        <List tables={data} filter={filter} />
      ) : error !== undefined ? (
        <ErrorBox problem={error} onRetry={reload} />
      ) : (
        <Loading />
      )}
    </>
  );
}

function List({ tables: { tables, isCountFree }, filter }: { readonly tables: Tables; readonly filter: string }) {
  const wanted = filter.toLowerCase();
  const found = tables.filter(({ id, pipeline }) => `${id} ${pipeline}`.toLowerCase().includes(wanted));
  if (tables.length === 0) return <Empty title="No pipeline that is deployed publishes a table" />;
  if (found.length === 0) return <Empty title={`No table or pipeline has '${filter}' in its name`} />;
  return (
    <>
      <Table label="Tables" columns={columnsOf(isCountFree)} rows={found} keyOf={({ id }) => id} asCards />
      {isCountFree ? null : <p class="quiet">Counting rows asks the database, which costs something.</p>}
    </>
  );
}

const columnsOf = (isCountFree: boolean): readonly Column<TableSummary>[] => [
  { title: 'Table', isHeader: true, cell: (table) => <a href={tableHref(table)}>{table.name}</a> },
  { title: 'In', cell: ({ database }) => DATABASES[database] },
  { title: 'Pipeline', cell: ({ pipeline }) => <a href={path('/pipelines', pipeline)}>{pipeline}</a> },
  { title: 'Written by', cell: ({ write, keys }) => (keys.length === 0 ? write : `${write} by ${keys.join(', ')}`) },
  {
    title: 'Last load',
    cell: ({ lastLoad, pipeline }) =>
      lastLoad === undefined ? (
        <span class="quiet">none of late</span>
      ) : (
        <a href={path('/runs', pipeline, lastLoad.runId)}>
          <Ago at={lastLoad.at} />
        </a>
      ),
  },
  { title: 'Rows of it', isNumber: true, cell: ({ lastLoad }) => countText(lastLoad?.rows) },
  { title: 'Rows', isNumber: true, cell: (table) => <Count table={table} isFree={isCountFree} /> },
];

/** Asked for by itself only where that costs nothing. */
export function Count({ table, isFree }: { readonly table: TableSummary; readonly isFree: boolean }) {
  const [isWanted, setWanted] = useState(isFree);
  const { data, error } = useApi<RowCount>(
    isWanted && table.database !== 'lake' ? `${apiOf(table.id)}/count` : undefined,
  );
  if (table.database === 'lake') return <span class="quiet">not counted</span>;
  if (!isWanted)
    return (
      <button type="button" class="plain small" onClick={() => setWanted(true)}>
        count<span class="hidden"> rows of {table.name}</span>
      </button>
    );
  if (error !== undefined)
    return (
      <span class="quiet" title={error.message}>
        not known
      </span>
    );
  if (data === undefined) return <span class="quiet">…</span>;
  return data.rows === undefined ? <span class="quiet">{data.note}</span> : <span>{countText(data.rows)}</span>;
}
