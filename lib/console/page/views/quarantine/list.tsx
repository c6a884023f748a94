/** Runs that have left rows in quarantine. */
import type { QuarantinedRun, QuarantineShown, QuarantineState } from '../../../types/quarantine';
import { Raw } from '../../parts/raw';
import { Empty, ErrorBox, Loading } from '../../parts/states';
import { StatusIcon } from '../../parts/status';
import { Table } from '../../parts/table';
import { countText } from '../../parts/text';
import { Moment } from '../../parts/time';
import { useApi } from '../../shell/api';
import { path, setQuery } from '../../shell/location';
import type { ViewProps } from '../../views';

export const QuarantineStatus = ({ of, pipeline }: { readonly of: QuarantineState; readonly pipeline: string }) => {
  if (of.state === 'open')
    return (
      <span class="status is-partial">
        <StatusIcon kind="partial" />
        open
      </span>
    );
  if (of.state === 'replayed')
    return (
      <span class="status is-good">
        <StatusIcon kind="good" />
        <span>
          loaded again by{' '}
          <a class="mono" href={path('/runs', pipeline, of.by)}>
            {of.by.slice(0, 8)}
          </a>
        </span>
      </span>
    );
  return (
    <span class="status is-idle" title={`by ${of.by}${of.reason === undefined ? '' : `: ${of.reason}`}`}>
      <StatusIcon kind="idle" />
      discarded
    </span>
  );
};

const STATES = ['open', 'replayed', 'discarded'] as const;

export default function QuarantineView({ query }: ViewProps) {
  const { data, error, reload } = useApi<QuarantineShown>('/api/quarantine');
  const state = query.get('state') ?? 'all';
  const shown = data?.runs.filter(({ of }) => state === 'all' || of.state === state) ?? [];
  return (
    <>
      <div class="title">
        <h1>Quarantine</h1>
        <div class="actions">
          <label>
            State{' '}
            <select
              value={state}
              onChange={({ currentTarget: { value } }) => setQuery({ state: value === 'all' ? undefined : value })}
            >
              <option value="all">all</option>
              {STATES.map((one) => (
                <option key={one} value={one}>
                  {one}
                </option>
              ))}
            </select>
          </label>
        </div>
      </div>
      {data === undefined ? (
        error === undefined ? (
          <Loading />
        ) : (
          <ErrorBox problem={error} onRetry={reload} />
        )
      ) : shown.length === 0 ? (
        <Empty title={state === 'all' ? 'No bad rows' : `No bad rows that are ${state}`}>
          Rows that do not keep to the contract of their source come here, each with its line and the reason. The latest{' '}
          {data.lookedAt} runs of each pipeline have none.
        </Empty>
      ) : (
        <Table<QuarantinedRun>
          label="Runs with bad rows"
          columns={[
            {
              title: 'Of',
              isHeader: true,
              cell: ({ pipeline, runId, content }) => (
                <a href={path('/quarantine', pipeline, runId)}>
                  <Raw text={content || runId.slice(0, 8)} />
                </a>
              ),
            },
            { title: 'Pipeline', cell: ({ pipeline }) => <a href={path('/pipelines', pipeline)}>{pipeline}</a> },
            { title: 'Bad rows', isNumber: true, cell: ({ rejected }) => countText(rejected) },
            { title: 'State', cell: ({ of, pipeline }) => <QuarantineStatus of={of} pipeline={pipeline} /> },
            { title: 'Run started', cell: ({ startedAt }) => <Moment at={startedAt} /> },
            {
              title: 'Run',
              cell: ({ pipeline, runId }) => (
                <a class="mono" href={path('/runs', pipeline, runId)}>
                  {runId.slice(0, 8)}
                </a>
              ),
            },
          ]}
          rows={shown}
          keyOf={({ runId }) => runId}
          asCards
        />
      )}
    </>
  );
}
