/** One table: newest rows, columns, loads, partitions. */
import type { RowsShown, TableShown } from '../../../types/data';
import { ErrorBox, Loading } from '../../parts/states';
import { Tabs } from '../../parts/tabs';
import { about } from '../../shell/about';
import { useApi } from '../../shell/api';
import { path, setQuery } from '../../shell/location';
import type { ViewProps } from '../../views';
import { Rows, Schema } from './cells';
import { Loads } from './loads';
import { Partitions } from './partitions';
import { apiOf, Count, DATABASES } from './tables';

export default function TableView({ params, query }: ViewProps) {
  const id = `${params.database}:${params.table}`;
  const { data, error, reload } = useApi<TableShown>(apiOf(id));
  if (data === undefined)
    return (
      <>
        <div class="title">
          <h1>{params.table}</h1>
        </div>
        {error === undefined ? <Loading /> : <ErrorBox problem={error} onRetry={reload} />}
      </>
    );
  const isLake = data.database === 'lake';
  const tab = query.get('tab') ?? 'rows';
  const { pipeline, model, write, keys } = data;
  return (
    <>
      <div class="title">
        <h1>
          {data.name} <span class="quiet">in {DATABASES[data.database]}</span>
        </h1>
        <div class="actions">
          <a class="button" href={path('/lineage', data.id)}>
            Lineage
          </a>
        </div>
      </div>
      <dl class="facts">
        <div>
          <dt>Pipeline</dt>
          <dd>
            <a href={path('/pipelines', pipeline)}>{pipeline}</a>, model {model}
          </dd>
        </div>
        <div>
          <dt>Written by</dt>
          <dd>{keys.length === 0 ? write : `${write} by ${keys.join(', ')}`}</dd>
        </div>
        <div>
          <dt>Rows</dt>
          <dd>
            <Count table={data} isFree={about.value?.kind === 'local'} />
          </dd>
        </div>
      </dl>
      <Tabs
        label="Of the table"
        tabs={[
          { id: 'rows', title: data.database === 'dynamodb' ? 'Items' : 'Newest rows' },
          { id: 'schema', title: 'Columns' },
          { id: 'loads', title: 'Loads' },
          ...(isLake ? [{ id: 'partitions', title: 'Partitions' }] : []),
        ]}
        current={tab}
        onChange={(to) =>
          setQuery({ tab: to === 'rows' ? undefined : to, at: undefined, key: undefined, from: undefined })
        }
      >
        {tab === 'schema' ? (
          <>
            {data.exists ? null : <p class="quiet">The first load makes the table: these are the declared columns.</p>}
            <Schema columns={data.columns} />
          </>
        ) : tab === 'loads' ? (
          <Loads table={data} />
        ) : tab === 'partitions' && isLake ? (
          <Partitions id={data.id} query={query} />
        ) : (
          <Newest id={data.id} />
        )}
      </Tabs>
    </>
  );
}

function Newest({ id }: { readonly id: string }) {
  const { data, error, reload } = useApi<RowsShown>(`${apiOf(id)}/rows`);
  if (data === undefined)
    return error === undefined ? (
      <Loading label="Asking for the newest rows" />
    ) : (
      <ErrorBox problem={error} onRetry={reload} />
    );
  return <Rows label="Newest rows" shown={data} cellPath={`${apiOf(id)}/cell`} />;
}
