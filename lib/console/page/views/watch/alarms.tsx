/** Alarms of CloudWatch: what is wrong now, and what was. */
import type { AlarmChange, AlarmShown, AlarmsShown } from '../../../types/watch';
import { Raw } from '../../parts/raw';
import { Empty, ErrorBox, Loading } from '../../parts/states';
import { Status } from '../../parts/status';
import { Table } from '../../parts/table';
import { Tabs } from '../../parts/tabs';
import { plural } from '../../parts/text';
import { Moment } from '../../parts/time';
import { useLive } from '../../shell/live';
import { path, setQuery } from '../../shell/location';
import type { ViewProps } from '../../views';

export default function AlarmsView({ query }: ViewProps) {
  const { data, error, reload } = useLive<AlarmsShown>('alarms', '/api/alarms');
  const tab = query.get('tab') ?? 'now';
  const wrong = data?.alarms.filter(({ state }) => state === 'ALARM').length ?? 0;
  return (
    <>
      <div class="title">
        <h1>Alarms</h1>
        {data === undefined ? null : (
          <span aria-live="polite">
            {wrong === 0
              ? `None of ${plural(data.alarms.length, 'alarm')} is in ALARM.`
              : `${wrong} of ${plural(data.alarms.length, 'alarm')} in ALARM.`}
          </span>
        )}
      </div>
      {data === undefined ? (
        error === undefined ? (
          <Loading />
        ) : (
          <ErrorBox problem={error} onRetry={reload} />
        )
      ) : (
        <Tabs
          label="Alarms"
          tabs={[
            { id: 'now', title: 'Now' },
            { id: 'history', title: 'History' },
          ]}
          current={tab}
          onChange={(to) => setQuery({ tab: to === 'now' ? undefined : to })}
        >
          {tab === 'history' ? <History changes={data.history} /> : <Now alarms={data.alarms} />}
        </Tabs>
      )}
    </>
  );
}

function Now({ alarms }: { readonly alarms: readonly AlarmShown[] }) {
  if (alarms.length === 0)
    return <Empty title="There are no alarms">A pipeline gets its alarms when it is deployed.</Empty>;
  return (
    <Table
      label="Alarms"
      columns={[
        { title: 'State', cell: ({ state }) => <Status status={state} /> },
        { title: 'Alarm', isHeader: true, class: 'alarm-name', cell: ({ name }) => name },
        {
          title: 'Pipeline',
          cell: ({ pipeline }) =>
            pipeline === undefined ? (
              <span class="quiet">all</span>
            ) : (
              <a href={path('/pipelines', pipeline)}>{pipeline}</a>
            ),
        },
        { title: 'Since', cell: ({ since }) => (since === undefined ? '' : <Moment at={since} />) },
        {
          title: 'What it means',
          cell: ({ state, description, reason }) => (
            <>
              <Raw text={description ?? ''} />
              {state === 'ALARM' && reason !== undefined ? (
                <span class="alarm-reason quiet">
                  <Raw text={reason} />
                </span>
              ) : null}
            </>
          ),
        },
      ]}
      rows={alarms}
      keyOf={({ name }) => name}
      isMarked={({ state }) => state === 'ALARM'}
      asCards
    />
  );
}

function History({ changes }: { readonly changes: readonly AlarmChange[] }) {
  if (changes.length === 0)
    return <Empty title="No alarm has changed its state">CloudWatch keeps changes for 30 days.</Empty>;
  return (
    <>
      <p class="quiet">The latest {plural(changes.length, 'change')}. CloudWatch keeps them for 30 days.</p>
      <Table
        label="Changes of alarms"
        columns={[
          { title: 'When', cell: ({ at }) => <Moment at={at} /> },
          { title: 'Alarm', isHeader: true, class: 'alarm-name', cell: ({ name }) => name },
          {
            title: 'From',
            cell: ({ from }) => <Status status={from} />,
          },
          { title: 'To', cell: ({ to }) => <Status status={to} /> },
          { title: 'Why', cell: ({ reason }) => <Raw text={reason ?? ''} /> },
        ]}
        rows={changes}
        keyOf={({ name, at, to }) => `${name} ${at} ${to}`}
        asCards
      />
    </>
  );
}
