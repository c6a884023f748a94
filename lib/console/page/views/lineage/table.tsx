/** What one table is made of, who reads it, and the runs and files that have made it. */
import type { LineageModel, LineageShown, TableLineage } from '../../../types/lineage';
import { Raw } from '../../parts/raw';
import { Empty, ErrorBox, Loading } from '../../parts/states';
import { Table } from '../../parts/table';
import { countText, plural } from '../../parts/text';
import { Moment } from '../../parts/time';
import { useApi } from '../../shell/api';
import { path } from '../../shell/location';
import type { ViewProps } from '../../views';
import { WrittenLive } from '../data/loads';
import { detailText, LineageGraph } from './graph';

export default function TableLineageView({ params }: ViewProps) {
  const table = params.table ?? '';
  const graph = useApi<LineageShown>(`/api/lineage?${new URLSearchParams({ table })}`);
  const { data, error, reload } = useApi<TableLineage>(path('/api/lineage', table));
  const at = table.indexOf(':');
  return (
    <>
      <div class="title">
        <h1>
          {table.slice(at + 1)} <span class="quiet">in {detailText(table.slice(0, at))}</span>
        </h1>
        <div class="actions">
          <a class="button" href="/lineage">
            All lineage
          </a>
          <a class="button" href={path('/data', table.slice(0, at), table.slice(at + 1))}>
            Its rows
          </a>
        </div>
      </div>
      {graph.data === undefined ? null : <LineageGraph shown={graph.data} current={`table:${table}`} />}
      {data === undefined ? (
        error === undefined ? (
          <Loading />
        ) : (
          <ErrorBox problem={error} onRetry={reload} />
        )
      ) : (
        <>
          <Sources lineage={data} />
          <Models models={data.models} />
          <Others title="Made of the tables" tables={data.madeOf} />
          <Others title="Read by" tables={data.readBy} />
          <Runs lineage={data} />
        </>
      )}
    </>
  );
}

const Sources = ({ lineage: { sources } }: { readonly lineage: TableLineage }) =>
  sources.length === 0 ? null : (
    <section aria-labelledby="sources">
      <h2 id="sources">Sources</h2>
      <ul class="plain-list">
        {sources.map(({ name, kind, reads }) => (
          <li key={name}>
            <b>{name}</b> <span class="quiet">{detailText(kind)}</span>{' '}
            {reads.map((one) => (
              <code key={one}>
                <Raw text={one} />
              </code>
            ))}
          </li>
        ))}
      </ul>
    </section>
  );

const Models = ({ models }: { readonly models: readonly LineageModel[] }) =>
  models.length === 0 ? null : (
    <section aria-labelledby="models">
      <h2 id="models">Models, in the order of their work</h2>
      {models.map(({ name, kind, inputs, sql, file }) => (
        <details key={name} class="model panel">
          <summary>
            <b>{name}</b>{' '}
            <span class="quiet">
              {detailText(kind)} of {inputs.join(', ')}
            </span>
          </summary>
          {sql === undefined ? <p class="mono">{file}</p> : <pre>{sql}</pre>}
        </details>
      ))}
    </section>
  );

const Others = ({ title, tables }: { readonly title: string; readonly tables: readonly string[] }) =>
  tables.length === 0 ? null : (
    <p>
      {title}{' '}
      {tables.map((one, index) => (
        <span key={one}>
          {index === 0 ? '' : ', '}
          <a href={path('/lineage', one)}>{one}</a>
        </span>
      ))}
    </p>
  );

const Runs = ({ lineage: { runs, pipeline, stream } }: { readonly lineage: TableLineage }) => (
  <section aria-labelledby="runs">
    <h2 id="runs">Runs that have made it</h2>
    {runs.length === 0 ? (
      <Empty title="No run of late has published it">
        <WrittenLive pipeline={pipeline} stream={stream} />
      </Empty>
    ) : (
      <Table
        label="Runs with their files"
        columns={[
          {
            title: 'Run',
            isHeader: true,
            cell: ({ pipeline, runId }) => (
              <a class="mono" href={path('/runs', pipeline, runId)}>
                {runId.slice(0, 8)}
              </a>
            ),
          },
          { title: 'Published', cell: ({ at }) => <Moment at={at} /> },
          { title: 'Rows', isNumber: true, cell: ({ rows }) => countText(rows) },
          {
            title: 'Of',
            cell: ({ pipeline, runId, files, content, moreFiles }) =>
              files.length === 0 ? (
                content
              ) : (
                <ul class="plain-list">
                  {files.map(({ key, versionId }) => (
                    <li
                      key={`${key} ${versionId}`}
                      title={versionId === undefined ? undefined : `version ${versionId}`}
                    >
                      <a href={`${path('/runs', pipeline, runId)}?view=files`}>
                        <Raw text={key} />
                      </a>
                    </li>
                  ))}
                  {moreFiles === 0 ? null : <li class="quiet">and {plural(moreFiles, 'other')}</li>}
                </ul>
              ),
          },
        ]}
        rows={runs}
        keyOf={({ runId }) => runId}
        asCards
      />
    )}
  </section>
);
