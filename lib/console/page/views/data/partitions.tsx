/** Partitions of a lake's table, the parts of one, and the rows of a part. */
import type { Partitions as All, Partition, PartitionShown, RowsShown } from '../../../types/data';
import { Raw } from '../../parts/raw';
import { Empty, ErrorBox, Loading } from '../../parts/states';
import { Table } from '../../parts/table';
import { bytesText, plural } from '../../parts/text';
import { Moment } from '../../parts/time';
import { useApi } from '../../shell/api';
import { Rows } from './cells';
import { Pages } from './pages';
import { apiOf } from './tables';

export function Partitions({ id, query }: { readonly id: string; readonly query: URLSearchParams }) {
  const { data, error, reload } = useApi<All>(`${apiOf(id)}/partitions`);
  const chosen = query.getAll('value');
  if (data === undefined) return error === undefined ? <Loading /> : <ErrorBox problem={error} onRetry={reload} />;
  if (chosen.length > 0) return <One id={id} values={chosen} query={query} columns={data.columns} />;
  const { partitions, columns } = data;
  if (partitions.length === 0) return <Empty title="There are no partitions yet: the first load makes them" />;
  return (
    <>
      <p class="quiet">{plural(partitions.length, 'partition')}, those that were made last first.</p>
      <Table<Partition>
        label="Partitions"
        columns={[
          ...columns.map((title, index) => ({
            title,
            isHeader: index === 0,
            cell: ({ values }: Partition) =>
              index === 0 ? (
                <a href={`?${asked(values)}`}>
                  <Raw text={values[0] || '(empty)'} />
                </a>
              ) : (
                <Raw text={values[index] ?? ''} />
              ),
          })),
          { title: 'Made', cell: ({ createdAt }) => (createdAt === undefined ? '' : <Moment at={createdAt} />) },
          { title: 'Lies at', cell: ({ location }) => <span class="mono where-it-lies">{location}</span> },
        ]}
        rows={partitions}
        keyOf={({ values }) => values.join('\n')}
      />
    </>
  );
}

const asked = (values: readonly string[], more: Readonly<Record<string, string>> = {}): string =>
  new URLSearchParams([
    ['tab', 'partitions'],
    ...values.map((value) => ['value', value]),
    ...Object.entries(more),
  ]).toString();

interface OneProps {
  readonly id: string;
  readonly values: readonly string[];
  readonly columns: readonly string[];
  readonly query: URLSearchParams;
}

function One({ id, values, columns, query }: OneProps) {
  const of = new URLSearchParams(values.map((value) => ['value', value])).toString();
  const { data, error, reload } = useApi<PartitionShown>(`${apiOf(id)}/partition?${of}`);
  const key = query.get('key') ?? data?.parts.find((part) => part.key.endsWith('.parquet'))?.key;
  const from = query.get('from') ?? '0';
  const rows = useApi<RowsShown>(
    key === undefined ? undefined : `${apiOf(id)}/partition/rows?${of}&${new URLSearchParams({ key, from })}`,
  );
  return (
    <>
      <p>
        <a href="?tab=partitions">All partitions</a>
      </p>
      <h2>
        <Raw text={values.map((value, index) => `${columns[index] ?? ''} ${value}`).join(', ')} />
      </h2>
      {error === undefined ? null : <ErrorBox problem={error} onRetry={reload} />}
      {data === undefined ? null : (
        <Table
          label="Parts"
          columns={[
            {
              title: 'Part',
              isHeader: true,
              cell: (part) => (
                <a class="mono" href={`?${asked(values, { key: part.key })}`} aria-current={part.key === key}>
                  {part.key.split('/').at(-1)}
                </a>
              ),
            },
            { title: 'Size', isNumber: true, cell: ({ bytes }) => bytesText(bytes) },
            { title: 'Written', cell: ({ at }) => <Moment at={at} /> },
          ]}
          rows={data.parts}
          keyOf={(part) => part.key}
          isMarked={(part) => part.key === key}
        />
      )}
      {rows.data === undefined ? (
        rows.error === undefined ? (
          <Loading label="Reading the part" />
        ) : (
          <ErrorBox problem={rows.error} onRetry={rows.reload} />
        )
      ) : (
        <>
          <Pages shown={rows.data} />
          <Rows label="Rows of the part" shown={rows.data} cellPath={`${apiOf(id)}/cell`} />
        </>
      )}
    </>
  );
}
