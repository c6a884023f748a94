/** What all tables are made of. */
import type { LineageNode, LineageShown } from '../../../types/lineage';
import { Empty, ErrorBox, Loading } from '../../parts/states';
import { Table } from '../../parts/table';
import { useApi } from '../../shell/api';
import { path, setQuery } from '../../shell/location';
import type { ViewProps } from '../../views';
import { detailText, LineageGraph } from './graph';

export default function LineageView({ query }: ViewProps) {
  const { data, error, reload } = useApi<LineageShown>('/api/lineage');
  const pipeline = query.get('pipeline') ?? '';
  const pipelines = [...new Set(data?.nodes.map((node) => node.pipeline))].sort();
  const shown = data === undefined || pipeline === '' ? data : ofPipeline(data, pipeline);
  return (
    <>
      <div class="title">
        <h1>Lineage</h1>
        <div class="actions">
          <label>
            Pipeline{' '}
            <select value={pipeline} onChange={({ currentTarget }) => setQuery({ pipeline: currentTarget.value })}>
              <option value="">all</option>
              {pipelines.map((name) => (
                <option key={name} value={name}>
                  {name}
                </option>
              ))}
            </select>
          </label>
        </div>
      </div>
      {shown === undefined ? (
        error === undefined ? (
          <Loading />
        ) : (
          <ErrorBox problem={error} onRetry={reload} />
        )
      ) : shown.nodes.length === 0 ? (
        <Empty title="No pipeline is deployed here" />
      ) : (
        <>
          <LineageGraph shown={shown} />
          <h2>Tables</h2>
          <Table<LineageNode>
            label="Tables"
            columns={[
              {
                title: 'Table',
                isHeader: true,
                cell: ({ name, table }) => <a href={path('/lineage', table!)}>{name}</a>,
              },
              { title: 'In', cell: ({ detail }) => detailText(detail) },
              { title: 'Pipeline', cell: (node) => node.pipeline },
            ]}
            rows={shown.nodes.filter(({ table }) => table !== undefined)}
            keyOf={({ id }) => id}
          />
        </>
      )}
    </>
  );
}

/** With what it reads of others. */
function ofPipeline({ nodes, edges }: LineageShown, pipeline: string): LineageShown {
  const own = new Set(nodes.filter((node) => node.pipeline === pipeline).map(({ id }) => id));
  const kept = edges.filter(({ from, to }) => own.has(from) || own.has(to));
  const all = new Set([...own, ...kept.flatMap(({ from, to }) => [from, to])]);
  return { nodes: nodes.filter(({ id }) => all.has(id)), edges: kept };
}
