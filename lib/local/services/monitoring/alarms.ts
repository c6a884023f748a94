/** The alarms: evaluated when their metrics come and every minute; a change of state runs actions and is an event. */
import { join } from 'node:path';
import type { PutCompositeAlarmInput, PutMetricAlarmInput, StateValue } from '@aws-sdk/client-cloudwatch';
import { openDeliveries } from '../../events/deliveries';
import { classify } from '../../events/targets';
import type { CloudContext } from '../../service';
import { openTable, type Table } from '../../store';
import { parseAlarmRule } from './composite';
import { evaluateAlarm, queriesOf } from './evaluate';
import { functionEvent, snsMessage, stateChangeEvent } from './notifications';
import { type MetricId, type MetricStore, MINUTE_MS } from './series';
import { type Suppression, settled, suppressionOf } from './suppression';

interface AlarmState {
  readonly name: string;
  readonly arn: string;
  readonly state: StateValue;
  readonly reason: string;
  readonly reasonData?: Readonly<Record<string, unknown>>;
  readonly stateSince: number;
  readonly configuredAt: number;
  readonly tags: Readonly<Record<string, string>>;
  readonly history: readonly HistoryItem[];
  /** actions of its latest change that its suppressor holds back */
  readonly suppressed?: Suppression & { readonly change: StateChange };
}

export type Alarm = AlarmState &
  (
    | { readonly kind: 'metric'; readonly input: PutMetricAlarmInput }
    | { readonly kind: 'composite'; readonly input: PutCompositeAlarmInput }
  );

export interface HistoryItem {
  readonly at: number;
  readonly type: 'ConfigurationUpdate' | 'StateUpdate' | 'Action';
  readonly summary: string;
  readonly data: string;
}

export interface StateChange {
  readonly from: StateValue;
  readonly to: StateValue;
  readonly reason: string;
  readonly reasonData: Readonly<Record<string, unknown>>;
  readonly at: number;
  /** when the state before began */
  readonly since: number;
}

export interface Alarms {
  readonly table: Table<Alarm>;
  put(alarm: Alarm): Promise<void>;
  /** As SetAlarmState does: until the next evaluation. */
  setState(alarm: Alarm, change: Pick<StateChange, 'to' | 'reason' | 'reasonData'>): Promise<void>;
  /** Metrics have come: looks at the alarms on them. */
  metricsCame(ids: readonly MetricId[]): void;
  /** Takes up the actions that a restart interrupted. */
  ready(): void;
  close(): Promise<void>;
}

/** One action of one state change, on its way. */
interface OwedCall {
  readonly alarmArn: string;
  readonly service: string;
  readonly operation: string;
  readonly input: Readonly<Record<string, unknown>>;
}

const MAX_HISTORY = 50;
/** AWS gives up on an action soon; the state itself stays visible. */
const ACTION_RETRY_POLICY = { maximumRetryAttempts: 8, maximumEventAgeSeconds: 3_600 };
const CLOUDWATCH_PRINCIPAL = 'cloudwatch.amazonaws.com';
const PRINCIPALS: Readonly<Record<string, string>> = { lambda: 'lambda.alarms.cloudwatch.amazonaws.com' };

export async function openAlarms(cloud: CloudContext, folder: string, store: MetricStore): Promise<Alarms> {
  const { clock } = cloud;
  let awakeSince = clock.now();
  const table = await openTable<Alarm>(join(folder, 'alarms.ndjson'));
  const deliveries = await openDeliveries<OwedCall>({
    file: join(folder, 'actions.ndjson'),
    clock,
    log: (line) => cloud.log(`monitoring: ${line}`),
    async attempt({ payload: { alarmArn, service, operation, input } }) {
      const principal = {
        kind: 'service' as const,
        service: PRINCIPALS[service] ?? CLOUDWATCH_PRINCIPAL,
        sourceArn: alarmArn,
      };
      const ready = service === 'lambda' ? { ...input, Payload: Buffer.from(String(input.Payload)) } : input;
      await cloud.call(principal, service, operation, ready).catch((error) => {
        throw classify(error);
      });
    },
    async giveUp({ delivery, error }) {
      cloud.log(`monitoring: an action of ${delivery.payload.alarmArn} failed: ${error.message}`);
    },
  });

  const changeState = async (alarm: Alarm, next: Pick<StateChange, 'to' | 'reason' | 'reasonData'>) => {
    const at = clock.now();
    const change: StateChange = { ...next, from: alarm.state, at, since: alarm.stateSince };
    const summary = `Alarm updated from ${change.from} to ${change.to}`;
    const data = JSON.stringify({
      version: '1.0',
      oldState: { stateValue: change.from, stateReason: alarm.reason },
      newState: { stateValue: change.to, stateReason: change.reason, stateReasonData: change.reasonData },
    });
    const changed = withHistory(
      { ...alarm, state: change.to, reason: change.reason, reasonData: change.reasonData, stateSince: at },
      {
        at,
        type: 'StateUpdate',
        summary,
        data,
      },
    );
    const [event, ...actions] = callsFor(changed, change, cloud);
    const held =
      alarm.kind === 'composite'
        ? suppressionOf(alarm.input, change.to, suppressorOf(alarm.input), alarm.suppressed, at)
        : undefined;
    await owe([event, ...(held ? [] : actions)]);
    const { suppressed: _, ...unheld } = changed;
    await table.set(alarm.name, (held ? { ...unheld, suppressed: { ...held, change } } : unheld) as Alarm);
    if (held) lookAgain(alarm.name, held);
    await evaluateComposites(alarm);
  };

  const owe = (calls: readonly (OwedCall | undefined)[]) =>
    deliveries.add(
      calls.flatMap((payload) => (payload === undefined ? [] : [{ payload, policy: ACTION_RETRY_POLICY }])),
    );
  const stateOf = (name: string): StateValue => table.get(alarmNameOf(name))?.state ?? 'INSUFFICIENT_DATA';
  const suppressorOf = ({ ActionsSuppressor }: PutCompositeAlarmInput): StateValue =>
    ActionsSuppressor ? stateOf(ActionsSuppressor) : 'OK';

  /** Runs what a suppressor has held back, once it does so no more. */
  const settle = async (alarm: Extract<Alarm, { kind: 'composite' }>) => {
    if (!alarm.suppressed) return;
    const { change, ...before } = alarm.suppressed;
    const after = settled(before, alarm.input, suppressorOf(alarm.input), clock.now());
    if (after?.by === before.by && after.until === before.until) return;
    const { suppressed: _, ...unheld } = alarm;
    await table.set(alarm.name, after ? { ...unheld, suppressed: { ...after, change } } : unheld);
    if (after) lookAgain(alarm.name, after);
    else if (alarm.state === change.to) await owe(callsFor(alarm, change, cloud).slice(1));
  };
  const lookAgain = (name: string, { until }: Suppression) => {
    if (until === undefined) return;
    clock
      .sleep(Math.max(0, until - clock.now()), stopping.signal)
      .then(() => enqueue(() => evaluateByName([name])))
      .catch(() => undefined); // ends when aborted; what is held is still written down
  };

  const evaluateComposites = async (child: AlarmState) => {
    for (const alarm of [...table.values()]) {
      if (alarm.kind !== 'composite' || alarm.name === child.name) continue;
      const { alarms } = parseAlarmRule(alarm.input.AlarmRule ?? '');
      const { ActionsSuppressor = '' } = alarm.input;
      const isWatched = [...alarms, ActionsSuppressor].some((name) => name === child.name || name === child.arn);
      if (isWatched) await evaluate(alarm);
    }
  };

  const evaluate = async (alarm: Alarm) => {
    if (alarm.kind === 'composite') {
      await settle(alarm);
      const to = parseAlarmRule(alarm.input.AlarmRule ?? '').evaluate(stateOf) ? 'ALARM' : 'OK';
      if (to !== alarm.state)
        await changeState(table.get(alarm.name) ?? alarm, {
          to,
          reason: `The alarm rule evaluates to ${to}: ${alarm.input.AlarmRule}`,
          reasonData: {},
        });
      return;
    }
    const { state: to, ...why } = evaluateAlarm(alarm.input, alarm.state, store, clock.now());
    if (to !== alarm.state && !isMissedAsleep(alarm, why.reasonData)) await changeState(alarm, { to, ...why });
  };

  /**
   * An account does not sleep: what nobody has measured while this cloud was down, or its machine suspended, is not missing. An alarm keeps
   * its state for as long as its range reaches back there, and does not go off a second time for what it has told already.
   */
  const isMissedAsleep = ({ stateSince }: Alarm, { recentDatapoints, startDate }: StateChange['reasonData']) =>
    (recentDatapoints as readonly number[]).length === 0 &&
    stateSince < awakeSince &&
    Date.parse(String(startDate)) < awakeSince;

  // One evaluation at a time, so that two never see the same change.
  let work: Promise<void> = Promise.resolve();
  const enqueue = (task: () => Promise<void>) => {
    const done = work.then(task);
    work = done.catch((error) => cloud.log(`monitoring: ${(error as Error).message}`));
    return done;
  };
  const evaluateByName = async (names: Iterable<string>) => {
    for (const name of names) {
      const alarm = table.get(name);
      if (!alarm) continue;
      await evaluate(alarm).catch((error) => cloud.log(`monitoring: alarm ${name}: ${(error as Error).message}`));
    }
  };

  const due = new Set<string>();
  const stopping = new AbortController();
  const ticking = (async () => {
    for (;;) {
      // A second after the minute, so that what was measured at its end has come.
      const wait = MINUTE_MS - (clock.now() % MINUTE_MS) + 1_000;
      const due = clock.now() + wait;
      await clock.sleep(wait, stopping.signal);
      if (clock.now() > due + MINUTE_MS) awakeSince = clock.now();
      await enqueue(() => evaluateByName([...table.keys()])).catch(() => undefined);
    }
  })().catch(() => undefined); // ends when aborted

  return {
    table,
    put: (alarm) =>
      enqueue(async () => {
        await table.set(alarm.name, alarm);
        await evaluate(alarm);
      }),
    setState: (alarm, next) => enqueue(() => changeState(alarm, next)),
    metricsCame(ids) {
      const isIdle = due.size === 0;
      for (const alarm of table.values()) if (alarm.kind === 'metric' && watches(alarm.input, ids)) due.add(alarm.name);
      if (!isIdle || due.size === 0) return;
      enqueue(() => {
        const names = [...due];
        due.clear();
        return evaluateByName(names);
      }).catch(() => undefined); // logged by the queue
    },
    ready: () => deliveries.resume(),
    async close() {
      stopping.abort(new Error('stopped'));
      await ticking;
      await work;
      await deliveries.close();
      await table.close();
    },
  };
}

export const alarmArn = ({ region, account }: CloudContext, name: string) =>
  `arn:aws:cloudwatch:${region}:${account}:alarm:${name}`;

/** Alarms are named by name or ARN. */
export const alarmNameOf = (nameOrArn: string): string =>
  nameOrArn.replace(/^arn:aws:cloudwatch:[^:]*:[^:]*:alarm:/, '');

export function withHistory<A extends AlarmState>(alarm: A, item: HistoryItem): A {
  return { ...alarm, history: [...alarm.history, item].slice(-MAX_HISTORY) };
}

const watches = (input: PutMetricAlarmInput, ids: readonly MetricId[]) =>
  queriesOf(input).some(({ MetricStat }) =>
    ids.some(
      ({ namespace, name }) => MetricStat?.Metric?.Namespace === namespace && MetricStat.Metric.MetricName === name,
    ),
  );

function callsFor(alarm: Alarm, change: StateChange, cloud: CloudContext): OwedCall[] {
  const { AlarmActions, OKActions, InsufficientDataActions, ActionsEnabled = true } = alarm.input;
  const byState = { ALARM: AlarmActions, OK: OKActions, INSUFFICIENT_DATA: InsufficientDataActions };
  const actions = ActionsEnabled ? (byState[change.to] ?? []) : [];
  const event = { service: 'events', operation: 'PutEvents', input: { Entries: [stateChangeEvent(alarm, change)] } };
  const calls = actions.flatMap((action): Omit<OwedCall, 'alarmArn'>[] => {
    const service = action.split(':')[2] ?? '';
    if (service === 'sns')
      return [{ service, operation: 'Publish', input: { TopicArn: action, ...snsMessage(alarm, change, cloud) } }];
    if (service === 'lambda') {
      const Payload = JSON.stringify(functionEvent(alarm, change, cloud));
      return [{ service, operation: 'Invoke', input: { FunctionName: action, InvocationType: 'Event', Payload } }];
    }
    cloud.log(`monitoring: alarm ${alarm.name} has an action that nothing here can do: ${action}`);
    return [];
  });
  return [event, ...calls].map((call) => ({ alarmArn: alarm.arn, ...call }));
}
