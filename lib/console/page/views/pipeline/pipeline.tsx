/** One pipeline: how it is, and all its runs. */
import { useCallback, useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { PipelineOverview, RunMark } from '../../../types/overview';
import type { RunList } from '../../../types/pipeline';
import type { Problem } from '../../../types/shell';
import { Raw } from '../../parts/raw';
import { Empty, ErrorBox, Loading } from '../../parts/states';
import { Status } from '../../parts/status';
import { type Column, Table } from '../../parts/table';
import { countText, plural } from '../../parts/text';
import { Duration, Moment } from '../../parts/time';
import { get, problemIn } from '../../shell/api';
import { useLive } from '../../shell/live';
import { path, setQuery } from '../../shell/location';
import type { ViewProps } from '../../views';
import { Attention } from '../overview/attention';
import { Freshness } from '../overview/freshness';

export default function PipelineView({ params, query }: ViewProps) {
  const pipeline = params.pipeline!;
  const status = query.get('status') ?? '';
  const { data, error } = useLive<PipelineOverview>(`pipeline:${pipeline}`, path('/api/pipelines', pipeline));
  return (
    <>
      <div class="title">
        <h1>{pipeline}</h1>
        {data === undefined || data.state === 'active' ? null : <span class="badge">{data.state}</span>}
        <div class="actions">
          <a class="button" href={path('/pipelines', pipeline, 'grid')}>
            Grid
          </a>
          {data?.stream === undefined ? null : (
            <a class="button" href={path('/pipelines', pipeline, 'stream')}>
              Stream
            </a>
          )}
          <a class="button" href="/triggers">
            Start or pause
          </a>
        </div>
      </div>
      {error === undefined ? null : <ErrorBox problem={error} />}
      {data === undefined ? null : <Facts pipeline={data} />}
      <Runs key={`${pipeline} ${status}`} pipeline={pipeline} status={status} />
    </>
  );
}

function Facts({ pipeline }: { readonly pipeline: PipelineOverview }) {
  const { today } = pipeline;
  const more = today.isAtLeast ? '+' : '';
  return (
    <>
      <dl class="facts">
        <div>
          <dt>Freshness</dt>
          <dd>
            <Freshness {...pipeline} />
          </dd>
        </div>
        <div>
          <dt>Runs today</dt>
          <dd>
            {countText(today.runs)}
            {more}
            {today.failed > 0 ? <span class="late"> {countText(today.failed)} failed</span> : null}
          </dd>
        </div>
        <div>
          <dt>Rows today</dt>
          <dd>
            {countText(today.rows)}
            {more}
          </dd>
        </div>
      </dl>
      <Attention overview={{ pipelines: [pipeline], alarms: [] }} isQuiet />
    </>
  );
}

const FILTERS: readonly (readonly [status: string, title: string])[] = [
  ['', 'all'],
  ['RUNNING', 'running'],
  ['SUCCEEDED', 'succeeded'],
  ['FAILED', 'failed'],
  ['TIMED_OUT', 'timed out'],
  ['ABORTED', 'stopped'],
];

/** The latest are live; the others come by page, when one scrolls to them. */
function Runs({ pipeline, status }: { readonly pipeline: string; readonly status: string }) {
  const base = `${path('/api/pipelines', pipeline, 'run-list')}?status=${status}`;
  const { data: latest, error } = useLive<RunList>(`run-list:${pipeline}/${status}`, base);
  const { older, end, problem, hasMore } = useOlder(base, latest);
  const runs = useMemo(() => merged(latest?.runs ?? [], older), [latest, older]);
  const columns = useMemo(() => columnsOf(pipeline), [pipeline]);
  return (
    <section aria-labelledby="runs">
      <div class="filters">
        <h2 id="runs">Runs</h2>
        <label>
          <span class="hidden">Status</span>
          <select value={status} onChange={(event) => setQuery({ status: event.currentTarget.value })}>
            {FILTERS.map(([value, title]) => (
              <option key={value} value={value}>
                {title}
              </option>
            ))}
          </select>
        </label>
      </div>
      {latest === undefined ? (
        error === undefined ? (
          <Loading />
        ) : (
          <ErrorBox problem={error} />
        )
      ) : runs.length === 0 ? (
        <Empty title={status === '' ? 'It has not run yet' : 'No such run'}>
          <a href="/triggers">Start one, or drop a file</a>
        </Empty>
      ) : (
        <>
          <Table
            label={`Runs of ${pipeline}`}
            columns={columns}
            rows={runs}
            keyOf={keyOf}
            onEnd={end}
            areRowsReused
            asCards
          />
          <p class="quiet below" aria-live="polite">
            {plural(runs.length, 'run')}{' '}
            {hasMore ? (
              <button type="button" class="plain" onClick={end}>
                Show older
              </button>
            ) : null}
          </p>
        </>
      )}
      {problem === undefined ? null : <ErrorBox problem={problem} />}
    </section>
  );
}

function useOlder(base: string, latest: RunList | undefined) {
  const [older, setOlder] = useState<readonly RunMark[]>([]);
  const [problem, setProblem] = useState<Problem>();
  /** undefined: the first page has not come yet */
  const [next, setNext] = useState<string | null | undefined>(undefined);
  const isAsking = useRef(false);
  useEffect(() => {
    if (next === undefined && latest !== undefined) setNext(latest.next ?? null);
  }, [latest, next]);
  const end = useCallback(() => {
    if (next === undefined || next === null || isAsking.current) return;
    isAsking.current = true;
    setProblem(undefined);
    get<RunList>(`${base}&from=${encodeURIComponent(next)}`)
      .then((page) => {
        setNext(page.next ?? null);
        setOlder((before) => [...before, ...page.runs]);
      })
      .catch((error: unknown) => setProblem(problemIn(error)))
      .finally(() => {
        isAsking.current = false;
      });
  }, [base, next]);
  return { older, end, problem, hasMore: typeof next === 'string' };
}

/** A page may begin with what the live one holds already; of two, the live one is newer. */
function merged(latest: readonly RunMark[], older: readonly RunMark[]): readonly RunMark[] {
  const known = new Set(latest.map(({ runId }) => runId));
  return older.length === 0 ? latest : [...latest, ...older.filter(({ runId }) => !known.has(runId))];
}

const keyOf = ({ runId }: RunMark): string => runId;

const columnsOf = (pipeline: string): readonly Column<RunMark>[] => [
  {
    title: 'Run',
    isHeader: true,
    cell: ({ runId }) => (
      <a class="mono" href={path('/runs', pipeline, runId)} title={runId}>
        {runId.slice(0, 8)}
      </a>
    ),
  },
  { title: 'Status', cell: ({ status }) => <Status status={status} /> },
  {
    title: 'File or interval',
    class: 'wide',
    cell: ({ content, error }) => (
      <span title={error}>
        <Raw text={content} />
      </span>
    ),
  },
  { title: 'Started', class: 'nowrap', cell: ({ startedAt }) => <Moment at={startedAt} /> },
  { title: 'Took', isNumber: true, cell: ({ startedAt, endedAt }) => <Duration from={startedAt} to={endedAt} /> },
  { title: 'Rows', isNumber: true, cell: ({ rows }) => countText(rows) },
  { title: 'Rejected', isNumber: true, cell: ({ rejected }) => (rejected ? countText(rejected) : '') },
];
