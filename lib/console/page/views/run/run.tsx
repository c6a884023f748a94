/** A run: where it stands, what went wrong and what to do, its graph and its time, and any state of it closely. */
import { useEffect } from 'preact/hooks';
import type { Graph as GraphData } from '../../../types/graph';
import type { RunShown } from '../../../types/run';
import { Raw } from '../../parts/raw';
import { ErrorBox, Loading } from '../../parts/states';
import { Status, StatusIcon } from '../../parts/status';
import { Table } from '../../parts/table';
import { Tabs } from '../../parts/tabs';
import { countText, plural } from '../../parts/text';
import { Duration, Moment } from '../../parts/time';
import { useApi } from '../../shell/api';
import { useLive } from '../../shell/live';
import { path, place, setQuery } from '../../shell/location';
import type { ViewProps } from '../../views';
import { Acts } from './acts';
import { Events } from './events';
import { Files } from './files';
import { Gantt } from './gantt';
import { Graph } from './graph';
import { Logs } from './logs';
import { Fact, Panel } from './panel';
import { mapsAround } from './words';

export default function RunView({ params: { pipeline = '', runId = '' } }: ViewProps) {
  const api = path('/api/runs', pipeline, runId);
  const { data, error, reload } = useLive<RunShown>(`run:${pipeline}/${runId}`, api);
  const graph = useApi<GraphData>(`${api}/graph`);
  if (data === undefined || graph.data === undefined) {
    const problem = error ?? graph.error;
    return problem === undefined ? (
      <Loading label="Reading the run" />
    ) : (
      <ErrorBox problem={problem} onRetry={reload} />
    );
  }
  return <Run run={data} graph={graph.data} api={api} reload={reload} />;
}

interface RunProps {
  readonly run: RunShown;
  readonly graph: GraphData;
  readonly api: string;
  readonly reload: () => void;
}

/** `redshift:shop.orders` */
const tableHref = (id: string): string => path('/data', id.slice(0, id.indexOf(':')), id.slice(id.indexOf(':') + 1));

const TABS = [
  { id: 'graph', title: 'Graph' },
  { id: 'time', title: 'Time' },
  { id: 'logs', title: 'Logs' },
  { id: 'history', title: 'History' },
] as const;

/** What the address says of the state that is looked at. */
const NO_STATE = Object.fromEntries(
  ['state', 'tab', 'item', 'items', 'visit', 'events'].map((name) => [name, undefined]),
);

function Run({ run, graph, api, reload }: RunProps) {
  const { query } = place.value;
  const selected = query.get('state') ?? undefined;
  const node = graph.nodes.find(({ id }) => id === selected);
  const state = run.states.find(({ id }) => id === selected);
  const around = mapsAround(graph).get(selected ?? '');
  const map = run.states.some(({ id }) => id === around) ? around : undefined;
  const tabs = [
    ...TABS,
    ...(run.checks.length > 0 ? [{ id: 'checks', title: `Checks ${run.checks.length}` }] : []),
    ...(run.files > 0 ? [{ id: 'files', title: `Files ${countText(run.files)}` }] : []),
  ];
  const view = tabs.find(({ id }) => id === query.get('view'))?.id ?? 'graph';
  const select = (id: string) => setQuery({ ...NO_STATE, state: id });
  useEffect(() => {
    document.title = `${run.status === 'FAILED' ? '✕ ' : ''}${run.pipeline} ${run.content} · Stepwell`;
    // Another run may be of the same file, and end as this one did.
  }, [run.status, run.pipeline, run.runId, run.content]);
  return (
    <div class="run">
      <div class="title">
        <h1>
          <a href={path('/pipelines', run.pipeline, 'grid')}>{run.pipeline}</a>{' '}
          <span class="run-content">
            <Raw text={run.content} />
          </span>
        </h1>
        <span aria-live="polite">
          <Status status={run.status} />
        </span>
        <Acts key={api} api={api} status={run.status} onDone={reload} />
      </div>
      <Facts run={run} />
      <Trouble run={run} onSelect={select} />
      <Notes run={run} />
      <div class={node === undefined ? 'run-columns' : 'run-columns has-panel'}>
        <div class="run-main">
          <Tabs
            label="Of the run"
            tabs={tabs}
            current={view}
            onChange={(id) => setQuery({ view: id, events: undefined })}
          >
            {view === 'graph' ? (
              <Graph graph={graph} states={run.states} selected={selected} onSelect={select} />
            ) : view === 'time' ? (
              <Gantt run={run} selected={selected} onSelect={select} />
            ) : view === 'logs' ? (
              <Logs path={`${api}/logs`} endedAt={run.endedAt} />
            ) : view === 'checks' ? (
              <Checks run={run} />
            ) : view === 'files' ? (
              <Files api={api} />
            ) : (
              <Events path={`${api}/events`} digest={`${run.events}`} />
            )}
          </Tabs>
        </div>
        {node === undefined ? null : (
          <Panel
            key={node.id}
            run={run}
            node={node}
            state={state}
            map={map}
            api={api}
            onClose={() => setQuery(NO_STATE)}
          />
        )}
      </div>
    </div>
  );
}

function Facts({ run }: { readonly run: RunShown }) {
  const {
    startedAt,
    endedAt,
    rows,
    rejected,
    published,
    redrives,
    rerunOf,
    replayOf,
    takenOverBy,
    after,
    waits,
    missing,
  } = run;
  return (
    <dl class="facts run-facts">
      <Fact name="Run">
        <code>{run.runId}</code>
      </Fact>
      <Fact name="Started">
        <Moment at={startedAt} />
      </Fact>
      <Fact name={endedAt === undefined ? 'Since' : 'Took'}>
        <Duration from={startedAt} to={endedAt} />
      </Fact>
      {rows === undefined ? null : <Fact name="Rows">{countText(rows)}</Fact>}
      {run.status === 'SKIPPED' ? null : (
        <Fact name="Staged">
          <a href={path('/data/staged', run.pipeline, run.runId)}>parts</a>
        </Fact>
      )}
      {rejected === undefined || rejected === 0 ? null : (
        <Fact name="Rejected">
          <a href={path('/quarantine', run.pipeline, run.runId)}>{plural(rejected, 'row')}</a>
        </Fact>
      )}
      {published.map(({ sink, table, rows: n }) => (
        <Fact key={sink} name="Published">
          {table === undefined ? sink : <a href={tableHref(table)}>{sink}</a>}: {plural(n, 'row')}
        </Fact>
      ))}
      {redrives === 0 ? null : <Fact name="Redriven">{plural(redrives, 'time')}</Fact>}
      {waits === undefined ? null : (
        <Fact name="Waits">
          for its turn since <Moment at={waits.since} />
          {waits.behind === undefined ? null : (
            <>
              , behind <RunLink pipeline={run.pipeline} runId={waits.behind} />
            </>
          )}
        </Fact>
      )}
      {after === undefined ? null : (
        <Fact name="After">
          <RunLink {...after} />
        </Fact>
      )}
      {rerunOf === undefined ? null : (
        <Fact name="Rerun of">
          <RunLink pipeline={run.pipeline} runId={rerunOf} />
        </Fact>
      )}
      {replayOf === undefined ? null : (
        <Fact name="Replay of">
          <RunLink pipeline={run.pipeline} runId={replayOf} />
        </Fact>
      )}
      {takenOverBy === undefined ? null : (
        <Fact name="Taken over by">
          <RunLink pipeline={run.pipeline} runId={takenOverBy} />
        </Fact>
      )}
      {missing.length === 0 ? null : <Fact name="Missing">{plural(missing.length, 'partition')}</Fact>}
      {run.reason === undefined ? null : (
        <Fact name="Why skipped">
          <Raw text={run.reason} />
        </Fact>
      )}
    </dl>
  );
}

const RunLink = ({ pipeline, runId }: { readonly pipeline: string; readonly runId: string }) => (
  <a href={path('/runs', pipeline, runId)}>
    {pipeline} {runId.slice(0, 8)}
  </a>
);

/** In words, with what to do. */
function Trouble({
  run: { trouble, states },
  onSelect,
}: {
  readonly run: RunShown;
  readonly onSelect: (id: string) => void;
}) {
  if (trouble === undefined) return null;
  const { step, name, cause, publication, remedy } = trouble;
  const isState = states.some(({ id }) => id === step);
  return (
    <section class="error trouble" aria-label="What went wrong">
      <p>
        <StatusIcon kind="bad" /> <strong>{name}</strong>
        {step === undefined ? null : isState ? (
          <>
            {' in '}
            <button type="button" class="link" onClick={() => onSelect(step)}>
              {step}
            </button>
          </>
        ) : (
          ` in ${step}`
        )}
      </p>
      <p class="pre trouble-cause">
        <Raw text={cause} />
      </p>
      {publication.map((line) => (
        <p key={line}>
          <Raw text={line} />
        </p>
      ))}
      {remedy.map((line) => (
        <p key={line} class="pre">
          {line}
        </p>
      ))}
    </section>
  );
}

const Notes = ({ run: { warnings, notes, missing } }: { readonly run: RunShown }) =>
  warnings.length + notes.length + missing.length === 0 ? null : (
    <ul class="run-notes">
      {warnings.map((line) => (
        <li key={line}>
          <StatusIcon kind="partial" label="Warning" /> <Raw text={line} />
        </li>
      ))}
      {missing.map(({ source, partition, cause }) => (
        <li key={`${source} ${partition}`}>
          <StatusIcon kind="partial" label="Missing" /> <Raw text={`${source}, ${partition}: ${cause}`} />
        </li>
      ))}
      {notes.map((line) => (
        <li key={line}>
          <Raw text={line} />
        </li>
      ))}
    </ul>
  );

const Checks = ({ run: { checks } }: { readonly run: RunShown }) => (
  <Table
    label="Checks"
    rows={checks}
    keyOf={({ check, rule }) => `${check} ${rule}`}
    columns={[
      {
        title: 'Outcome',
        cell: ({ outcome, severity }) => (
          <Status
            status={outcome === 'passed' ? 'SUCCEEDED' : severity === 'error' ? 'FAILED' : 'PARTIAL'}
            word={outcome}
          />
        ),
      },
      { title: 'Check', isHeader: true, cell: ({ check }) => check },
      { title: 'Must hold', cell: ({ rule }) => rule },
      { title: 'Found', cell: ({ found }) => <Raw text={found} /> },
    ]}
  />
);
