/** How many rows each load of a table has brought, and which run it was. */
import type { Load, TableShown } from '../../../types/data';
import { Raw } from '../../parts/raw';
import { Empty } from '../../parts/states';
import { Table } from '../../parts/table';
import { countText, momentText, plural } from '../../parts/text';
import { Moment } from '../../parts/time';
import { path } from '../../shell/location';

export function Loads({ table: { loads, pipeline, stream } }: { readonly table: TableShown }) {
  if (loads.length === 0)
    return (
      <Empty title="No run of late has loaded it">
        <WrittenLive pipeline={pipeline} stream={stream} />
      </Empty>
    );
  return (
    <>
      <LoadBars loads={loads} />
      <Table
        label="Loads"
        columns={[
          { title: 'Published', cell: ({ at }) => <Moment at={at} /> },
          { title: 'Rows', isNumber: true, cell: ({ rows }) => countText(rows) },
          { title: 'File or interval', cell: ({ content }) => <Raw text={content} /> },
          {
            title: 'Run',
            cell: ({ runId }) => (
              <a class="mono" href={path('/runs', pipeline, runId)}>
                {runId.slice(0, 8)}
              </a>
            ),
          },
        ]}
        rows={loads}
        keyOf={({ runId }) => runId}
      />
    </>
  );
}

export const WrittenLive = ({
  pipeline,
  stream,
}: {
  readonly pipeline: string;
  readonly stream: string | undefined;
}) =>
  stream === undefined ? null : (
    <p>
      The function of <a href={path('/pipelines', pipeline, 'stream')}>the stream {stream}</a> may write it, as records
      come.
    </p>
  );

/** Of so many, the latest. */
const BARS = 60;

/** The table below says the same. */
function LoadBars({ loads }: { readonly loads: readonly Load[] }) {
  const shown = loads.slice(0, BARS).reverse();
  const most = Math.max(1, ...shown.map(({ rows }) => rows));
  return (
    <figure class="load-bars panel" aria-hidden="true">
      <figcaption class="quiet">
        Rows of {shown.length === 1 ? 'the load' : `${plural(shown.length, 'load')}, the latest at the right`}; at most{' '}
        {countText(most)}
      </figcaption>
      <div class="bars">
        {shown.map(({ runId, rows, at, content }) => (
          <span
            key={runId}
            style={{ height: `${Math.max(rows > 0 ? 2 : 0, (100 * rows) / most)}%` }}
            title={`${countText(rows)} rows, ${momentText(at)}, ${content}`}
          />
        ))}
      </div>
    </figure>
  );
}
