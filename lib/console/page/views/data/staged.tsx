/** What a run has staged, by source and model. */
import type { RowsShown, StagedPart, StagedShown } from '../../../types/data';
import { Empty, ErrorBox, Loading } from '../../parts/states';
import { Table } from '../../parts/table';
import { bytesText, countText } from '../../parts/text';
import { Moment } from '../../parts/time';
import { useApi } from '../../shell/api';
import { path } from '../../shell/location';
import type { ViewProps } from '../../views';
import { Rows } from './cells';
import { Pages } from './pages';

export default function StagedView({ params, query }: ViewProps) {
  const { pipeline = '', runId = '' } = params;
  const api = path('/api/data/staged', pipeline, runId);
  const { data, error, reload } = useApi<StagedShown>(api);
  const key = query.get('key') ?? undefined;
  const from = query.get('from') ?? '0';
  const rows = useApi<RowsShown>(key === undefined ? undefined : `${api}/rows?${new URLSearchParams({ key, from })}`);
  return (
    <>
      <div class="title">
        <h1>
          Staged parts of <a href={path('/runs', pipeline, runId)}>{runId.slice(0, 8)}</a>{' '}
          <span class="quiet">{pipeline}</span>
        </h1>
      </div>
      {data === undefined ? (
        error === undefined ? (
          <Loading />
        ) : (
          <ErrorBox problem={error} onRetry={reload} />
        )
      ) : (
        <Parts staged={data} chosen={key} />
      )}
      {key === undefined ? null : rows.data === undefined ? (
        rows.error === undefined ? (
          <Loading label="Reading the part" />
        ) : (
          <ErrorBox problem={rows.error} onRetry={rows.reload} />
        )
      ) : (
        <section aria-label="Rows">
          <h2>{key.split('/').slice(-2).join('/')}</h2>
          <Pages shown={rows.data} />
          <Rows label="Rows of the part" shown={rows.data} cellPath={`${api}/cell`} />
        </section>
      )}
    </>
  );
}

function Parts({ staged: { parts, more, bucket }, chosen }: { staged: StagedShown; chosen: string | undefined }) {
  if (parts.length === 0)
    return (
      <Empty title="Nothing is staged">The run has staged nothing, or it is so old that its parts were deleted.</Empty>
    );
  return (
    <>
      <p class="quiet">
        In s3://{bucket}. {more ? 'These are some of them.' : ''}
      </p>
      <Table<StagedPart>
        label="Staged parts"
        columns={[
          { title: 'Of', isHeader: true, cell: ({ dataset }) => dataset },
          {
            title: 'Part',
            cell: (part) => {
              const name = part.key.split('/').at(-1);
              return part.key.endsWith('.parquet') ? (
                <a class="mono" href={`?${new URLSearchParams({ key: part.key })}`}>
                  {name}
                </a>
              ) : (
                <span class="mono">{name}</span>
              );
            },
          },
          {
            title: 'Rows',
            isNumber: true,
            cell: ({ rows }) =>
              rows === undefined ? (
                <span class="quiet" title="An attempt that was given up has left it: no step reads it">
                  not used
                </span>
              ) : (
                countText(rows)
              ),
          },
          { title: 'Size', isNumber: true, cell: ({ bytes }) => bytesText(bytes) },
          { title: 'Written', cell: ({ at }) => <Moment at={at} /> },
        ]}
        rows={parts}
        keyOf={(part) => part.key}
        isMarked={(part) => part.key === chosen}
      />
    </>
  );
}
