import type { CostToday, Overview, PipelineOverview } from '../../../types/overview';
import { Empty, ErrorBox, Loading } from '../../parts/states';
import { Status } from '../../parts/status';
import { type Column, Table } from '../../parts/table';
import { countText, dollarsText, plural } from '../../parts/text';
import { Ago } from '../../parts/time';
import { useLive } from '../../shell/live';
import { path } from '../../shell/location';
import { Attention, Sums } from './attention';
import { Freshness } from './freshness';
import { Strip } from './strip';

/** Every pipeline: its state now, its freshness, its last runs, what it has done today. */
export default function OverviewView() {
  const { data, error, reload } = useLive<Overview>('overview', '/api/overview');
  const { data: costs } = useLive<CostToday>('cost-today', '/api/cost-today');
  return (
    <>
      <h1 class="hidden">Overview</h1>
      {data !== undefined ? (
        <Pipelines overview={data} costs={costs} />
      ) : error !== undefined ? (
        <ErrorBox problem={error} onRetry={reload} />
      ) : (
        <Loading />
      )}
    </>
  );
}

function Pipelines({ overview, costs }: { readonly overview: Overview; readonly costs: CostToday | undefined }) {
  if (overview.pipelines.length === 0)
    return (
      <Empty title="No pipeline is deployed here yet">
        <p>
          Make one with <code>npx stepwell new</code>, then <code>npm start</code> or <code>npx cdk deploy --all</code>.
        </p>
      </Empty>
    );
  const sum = Object.values(costs?.usd ?? {}).reduce((total, one) => total + one, 0);
  const usd = costs === undefined ? '…' : `${dollarsText(sum)}${costs.isWhole ? '' : ' …'}`;
  return (
    <>
      <Sums overview={overview} usd={usd} />
      <Attention overview={overview} />
      <Table
        label="Pipelines"
        columns={columnsWith(costs)}
        rows={overview.pipelines}
        keyOf={({ name }) => name}
        asCards
      />
    </>
  );
}

const columnsWith = (costs: CostToday | undefined): readonly Column<PipelineOverview>[] => [
  {
    title: 'Pipeline',
    isHeader: true,
    cell: ({ name, state, stream }) => (
      <>
        <a class="name" href={path('/pipelines', name)}>
          {name}
        </a>{' '}
        {state === 'active' ? null : <span class="badge">{state}</span>}
        {stream === undefined ? null : (
          <a class="of-stream" href={path('/pipelines', name, 'stream')}>
            stream {stream}
          </a>
        )}
      </>
    ),
  },
  { title: 'Now', cell: (pipeline) => <Now {...pipeline} /> },
  {
    title: 'Freshness',
    class: 'freshness',
    cell: (pipeline) => (pipeline.isUnknown ? '' : <Freshness {...pipeline} />),
  },
  {
    title: 'Last runs',
    cell: ({ name, runs, isUnknown }) =>
      isUnknown ? '' : runs.length === 0 ? <span class="quiet">none yet</span> : <Strip pipeline={name} runs={runs} />,
  },
  {
    title: 'Runs today',
    isNumber: true,
    cell: ({ today: { runs, failed, isAtLeast } }) => (
      <>
        {failed > 0 ? <span class="late">{countText(failed)} failed of </span> : null}
        {countText(runs)}
        {isAtLeast ? '+' : ''}
      </>
    ),
  },
  {
    title: 'Rows today',
    isNumber: true,
    cell: ({ today: { rows, rejected, isAtLeast } }) => (
      <>
        {countText(rows)}
        {isAtLeast ? '+' : ''}
        {rejected > 0 ? (
          <a class="rejected" href="/quarantine">
            {countText(rejected)} rejected
          </a>
        ) : null}
      </>
    ),
  },
  {
    title: 'Cost today',
    isNumber: true,
    cell: ({ name, today, isUnknown }) => {
      const usd = costs?.usd[name] ?? (today.runs === 0 && !isUnknown ? 0 : undefined);
      return costs === undefined || usd === undefined ? <span class="quiet">…</span> : dollarsText(usd);
    },
  },
];

/** What is under way, else what came of the last run. */
function Now({ runs, waiting, stream, isUnknown }: PipelineOverview) {
  if (isUnknown) return <span class="quiet">is asked about …</span>;
  const running = runs.filter(({ status }) => status === 'RUNNING');
  const inTurn = runs.filter(({ status }) => status === 'WAITING');
  const last = runs.at(-1);
  return (
    <div class="now">
      {running.length > 0 ? (
        <Status status="RUNNING" word={running.length === 1 ? 'running' : `${countText(running.length)} running`} />
      ) : last === undefined ? (
        <Status status="" word="never ran" />
      ) : (
        <span class="nowrap">
          <Status status={last.status} />{' '}
          <span class="quiet">
            <Ago at={last.endedAt ?? last.startedAt} />
          </span>
        </span>
      )}
      {inTurn.length > 0 ? <span class="quiet">{countText(inTurn.length)} wait for a turn</span> : null}
      {waiting > 0 ? (
        <span class="quiet">
          {stream === undefined ? plural(waiting, 'file') : plural(waiting, 'batch', 'batches')} gathering
        </span>
      ) : null}
    </div>
  );
}
