/** One state, looked at closely: in words, what went in and out, its attempts, its items, its log and its events. */
import type { ComponentChildren } from 'preact';
import type { GraphNode } from '../../../types/graph';
import type { RunShown, StateDetail, StateShown, VisitShown } from '../../../types/run';
import { Empty, ErrorBox, Loading } from '../../parts/states';
import { Status } from '../../parts/status';
import { Table } from '../../parts/table';
import { Tabs } from '../../parts/tabs';
import { countText, plural } from '../../parts/text';
import { Duration, Moment } from '../../parts/time';
import { useApi } from '../../shell/api';
import { place, setQuery } from '../../shell/location';
import { Events } from './events';
import { Items } from './items';
import { Logs } from './logs';
import { ErrorWords, TextBlock } from './texts';
import { itemsText, WORD } from './words';

export interface PanelProps {
  readonly run: RunShown;
  readonly node: GraphNode;
  readonly state: StateShown | undefined;
  /** the Distributed Map around it, which has begun: its items know what they did here */
  readonly map: string | undefined;
  /** `/api/runs/<pipeline>/<run>` */
  readonly api: string;
  readonly onClose: () => void;
}

export function Panel({ run, node, state, map, api, onClose }: PanelProps) {
  const path = `${api}/states/${encodeURIComponent(node.id)}`;
  const digest = JSON.stringify(state ?? '');
  const { data, error, reload } = useApi<StateDetail>(path, digest);
  const tabs = [
    { id: 'summary', title: 'Summary' },
    ...(state?.items ? [{ id: 'items', title: `Items ${countText(state.items.total)}` }] : []),
    ...(state === undefined
      ? []
      : [
          { id: 'input', title: 'Input' },
          { id: 'output', title: 'Output' },
        ]),
    ...(node.type === 'Task' && state
      ? [
          { id: 'attempts', title: 'Attempts' },
          { id: 'logs', title: 'Logs' },
        ]
      : []),
    ...(state === undefined ? [] : [{ id: 'events', title: 'Events' }]),
    { id: 'definition', title: 'Definition' },
  ];
  const wanted = place.value.query.get('tab') ?? (state?.items ? 'items' : 'summary');
  const current = tabs.some(({ id }) => id === wanted) ? wanted : 'summary';
  const visit = chosen(data?.visits ?? []);
  return (
    <section class="state panel" aria-label={`State ${node.id}`}>
      <header class="state-head">
        <h2>
          <bdi>{node.id}</bdi>
        </h2>
        {state === undefined ? (
          <span class="quiet">{map === undefined ? 'not reached' : 'in each item'}</span>
        ) : (
          <Status status={STATUS[state.status]} word={WORD[state.status]} />
        )}
        <button type="button" class="plain" aria-label="Close the state" onClick={onClose}>
          ✕
        </button>
      </header>
      <Tabs
        label={`Of the state ${node.id}`}
        tabs={tabs}
        current={current}
        onChange={(tab) => setQuery({ tab, events: undefined })}
      >
        {data === undefined ? (
          error === undefined ? (
            <Loading />
          ) : (
            <ErrorBox problem={error} onRetry={reload} />
          )
        ) : current === 'summary' ? (
          <>
            {map === undefined ? null : <InItems map={map} />}
            <Summary run={run} node={node} state={state} detail={data} />
          </>
        ) : current === 'items' ? (
          <Items path={path} state={state!} />
        ) : current === 'definition' ? (
          <TextBlock label="Definition" text={data.definition} />
        ) : current === 'logs' ? (
          <Logs path={`${api}/logs?state=${encodeURIComponent(node.id)}`} endedAt={run.endedAt} />
        ) : current === 'events' ? (
          <Events path={`${api}/events?state=${encodeURIComponent(node.id)}`} digest={digest} />
        ) : visit === undefined ? (
          <Empty title="It has not begun yet" />
        ) : (
          <>
            <Visits visits={data.visits} total={data.total} visit={visit} />
            {current === 'attempts' ? (
              <Attempts visit={visit} />
            ) : (
              <InOrOut text={current === 'input' ? visit.input : visit.output} which={current} />
            )}
          </>
        )}
      </Tabs>
    </section>
  );
}

const InItems = ({ map }: { readonly map: string }) => (
  <p>
    Each item is an execution with a history of its own.{' '}
    <a href={`?${new URLSearchParams({ state: map, tab: 'items' })}`}>See the items of {map}</a>
  </p>
);

const STATUS = {
  waiting: 'WAITING',
  running: 'RUNNING',
  succeeded: 'SUCCEEDED',
  failed: 'FAILED',
  caught: 'PARTIAL',
  aborted: 'ABORTED',
} as const;

const chosen = (visits: readonly VisitShown[]): VisitShown | undefined => {
  const wanted = Number(place.value.query.get('visit'));
  return visits.find(({ id }) => id === wanted) ?? visits[0];
};

function Summary({
  run,
  node,
  state,
  detail,
}: Pick<PanelProps, 'run' | 'node' | 'state'> & { readonly detail: StateDetail }) {
  const trouble = run.trouble?.step === node.id ? run.trouble : undefined;
  const error = trouble ?? state?.error;
  return (
    <>
      {error === undefined ? null : (
        <ErrorWords error={error}>
          {trouble?.publication.map((line) => (
            <p key={line}>{line}</p>
          ))}
          {trouble?.remedy.map((line) => (
            <p key={line} class="pre">
              {line}
            </p>
          ))}
        </ErrorWords>
      )}
      <dl class="facts">
        <Fact name="Kind">
          {node.distributed ? 'Distributed Map' : node.type}
          {node.calls === undefined ? '' : `, calls ${node.calls}`}
        </Fact>
        {node.comment === undefined ? null : <Fact name="What">{node.comment}</Fact>}
        {state?.enteredAt === undefined ? null : (
          <Fact name="Begun">
            <Moment at={state.enteredAt} />
          </Fact>
        )}
        {state?.enteredAt === undefined ? null : (
          <Fact name="Took">
            <Duration from={state.enteredAt} to={state.exitedAt} />
          </Fact>
        )}
        {state?.items === undefined ? null : <Fact name="Items">{itemsText(state.items)}</Fact>}
        {state === undefined || state.visits < 2 ? null : (
          <Fact name="Entered">
            {plural(state.visits, 'time')}
            {state.failed > 0 ? `, ${countText(state.failed)} failed` : ''}
            {state.running > 0 ? `, ${countText(state.running)} at work` : ''}
          </Fact>
        )}
        {node.type !== 'Task' || state === undefined ? null : (
          <Fact name="Attempts">
            {state.failures === 0 ? 'none failed' : `${plural(state.failures, 'has', 'have')} failed`}
            {node.retries === undefined ? '' : `; up to ${plural(node.retries, 'retry', 'retries')} of one error`}
          </Fact>
        )}
      </dl>
      {detail.visits.length > 1 ? (
        <>
          <h3>
            {detail.total > detail.visits.length
              ? `${detail.visits.length} of ${countText(detail.total)} visits`
              : 'Visits'}
          </h3>
          <Table
            label="Visits"
            rows={detail.visits}
            keyOf={({ id }) => `${id}`}
            columns={[
              {
                title: 'Item',
                cell: ({ item, id }) => (item === undefined ? `from event ${id}` : countText(item + 1)),
              },
              { title: 'Status', cell: ({ status }) => <Status status={STATUS[status]} word={WORD[status]} /> },
              {
                title: 'Took',
                isNumber: true,
                cell: ({ enteredAt, exitedAt }) => <Duration from={enteredAt} to={exitedAt} />,
              },
              { title: 'Error', cell: ({ error: one }) => (one === undefined ? '' : one.name) },
            ]}
          />
        </>
      ) : null}
    </>
  );
}

export const Fact = ({ name, children }: { readonly name: string; readonly children: ComponentChildren }) => (
  <div>
    <dt>{name}</dt>
    <dd>{children}</dd>
  </div>
);

/** Which of several. */
function Visits({
  visits,
  total,
  visit,
}: {
  readonly visits: readonly VisitShown[];
  readonly total: number;
  readonly visit: VisitShown;
}) {
  if (visits.length < 2) return null;
  return (
    <p>
      <label>
        Of{' '}
        <select value={`${visit.id}`} onChange={({ currentTarget }) => setQuery({ visit: currentTarget.value })}>
          {visits.map(({ id, item, status }) => (
            <option key={id} value={`${id}`}>
              {item === undefined ? `the visit from event ${id}` : `item ${item + 1}`} ({WORD[status]})
            </option>
          ))}
        </select>
      </label>{' '}
      <span class="quiet">{total > visits.length ? `and ${countText(total - visits.length)} more` : ''}</span>
    </p>
  );
}

const InOrOut = ({ text, which }: { readonly text: VisitShown['input']; readonly which: string }) =>
  text === undefined ? (
    <Empty title={which === 'output' ? 'There is no output: it has not ended well' : 'There is no input'} />
  ) : (
    <TextBlock label={which === 'input' ? 'Input' : 'Output'} text={text} />
  );

function Attempts({ visit }: { readonly visit: VisitShown }) {
  if (visit.attempts.length === 0) return <Empty title="It was not tried yet" />;
  return (
    <ol class="attempts">
      {visit.attempts.map((attempt) => (
        <li key={attempt.number}>
          <p>
            <strong>Attempt {attempt.number}</strong>{' '}
            <Status status={STATUS[attempt.status]} word={WORD[attempt.status]} /> <Moment at={attempt.scheduledAt} />{' '}
            <Duration from={attempt.scheduledAt} to={attempt.endedAt} />
            {attempt.redrives > 0 ? <span class="quiet"> after {plural(attempt.redrives, 'redrive')}</span> : null}
          </p>
          {attempt.error === undefined ? null : <ErrorWords error={attempt.error} />}
        </li>
      ))}
    </ol>
  );
}
