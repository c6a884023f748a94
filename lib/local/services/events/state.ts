/** The rules of the default event bus, what they match, and the deliveries that they owe. */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { Target } from '@aws-sdk/client-eventbridge';
import { DEFAULT_RETRY_POLICY, type Delivery, openDeliveries, type RetryPolicy } from '../../events/deliveries';
import { DeliveryError } from '../../events/errors';
import { compilePattern, type EventMatcher } from '../../events/pattern';
import { parseSchedule } from '../../events/schedule';
import { type Caller, invokeTarget, principalOf, sendDeadLetter } from '../../events/targets';
import { createTimers } from '../../events/timers';
import { type AwsEvent, targetInput } from '../../events/transform';
import { AwsError, type CloudContext } from '../../service';
import { openTable, type Table } from '../../store';
import { reportMetrics } from '../monitoring/report';
import type { State } from '../stateful';
import { isoSeconds } from '../timestamps';
import { type Archives, openArchives } from './archives';
import type { AuthParameters, ConnectionRecord } from './connections';
import { fetchToken } from './oauth';

export const EVENTS_PRINCIPAL = 'events.amazonaws.com';
export const DEFAULT_BUS = 'default';

export interface Bus {
  readonly name: string;
  readonly arn: string;
  readonly description?: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly createdAt: number;
}

export interface Rule {
  readonly name: string;
  /** the default bus's rules have none */
  readonly bus?: string;
  readonly arn: string;
  readonly description?: string;
  readonly eventPattern?: string;
  readonly scheduleExpression?: string;
  readonly state: string;
  readonly roleArn?: string;
  /** when its schedule began to count, in milliseconds */
  readonly scheduledSince: number;
  readonly targets: readonly Target[];
  readonly tags: Readonly<Record<string, string>>;
}

/** One event on its way to one target of one rule. */
interface OwedEvent {
  readonly ruleArn: string;
  readonly ruleName: string;
  readonly target: Target;
  readonly event: AwsEvent;
  readonly body: string;
}

export interface EventsState extends State {
  /** by `keyOf` */
  readonly rules: Table<Rule>;
  /** besides the default one */
  readonly buses: Table<Bus>;
  readonly connections: Table<ConnectionRecord>;
  /** Of connections that authorise by OAuth, by ARN. */
  readonly tokens: Map<string, Promise<string>>;
  /** Asks for a token; the connection's state then says what came of it. Returns at once. */
  authorizeConnection(connection: ConnectionRecord, auth: AuthParameters): void;
  readonly archives: Archives;
  /** The name of a bus that is there, by name or ARN. Throws ResourceNotFoundException. */
  busName(nameOrArn: string | undefined): string;
  rulesOf(bus: string | undefined): readonly Rule[];
  rule(name: string, bus?: string): Rule;
  /** Writes the rule and starts, restarts or ends its schedule. */
  putRule(rule: Rule): Promise<void>;
  deleteRule(rule: Rule): Promise<void>;
  /** Resolves when all that the events lead to is on disk. */
  publish(events: readonly AwsEvent[], bus?: string): Promise<void>;
}

const nameOfBus = (nameOrArn: string | undefined): string =>
  nameOrArn?.replace(/^arn:.*:event-bus\//, '') || DEFAULT_BUS;

/** `bus` by name or ARN; the default one's rules do not name it. */
export function ruleArn(cloud: CloudContext, name: string, bus?: string): string {
  const busName = nameOfBus(bus);
  const path = busName === DEFAULT_BUS ? name : `${busName}/${name}`;
  return `arn:aws:events:${cloud.region}:${cloud.account}:rule/${path}`;
}

export const busArn = (cloud: CloudContext, bus?: string) =>
  `arn:aws:events:${cloud.region}:${cloud.account}:event-bus/${nameOfBus(bus)}`;

export const keyOf = ({ name, bus }: Pick<Rule, 'name' | 'bus'>): string =>
  bus === undefined || bus === DEFAULT_BUS ? name : `${bus}/${name}`;

const isBusArn = (arn: string) => /^arn:aws:events:[^:]*:[^:]*:event-bus\//.test(arn);

export async function openEvents(cloud: CloudContext, folder: string): Promise<EventsState> {
  const { clock } = cloud;
  const log = (line: string) => cloud.log(`events: ${line}`);
  const rules = await openTable<Rule>(join(folder, 'rules.ndjson'));
  const buses = await openTable<Bus>(join(folder, 'buses.ndjson'));
  const connections = await openTable<ConnectionRecord>(join(folder, 'connections.ndjson'));
  const tokens = new Map<string, Promise<string>>();
  const authorizing = new Set<Promise<void>>();
  const matchers = new Map<string, { readonly pattern: string; readonly matches: EventMatcher }>();
  const timers = createTimers(clock, log);
  const deliveries = await openDeliveries<OwedEvent>({
    file: join(folder, 'deliveries.ndjson'),
    clock,
    log,
    attempt: async (delivery) => {
      const { target, ruleName, body, event } = delivery.payload;
      if (isBusArn(target.Arn ?? '')) {
        const bus = nameOfBus(target.Arn);
        if (bus !== DEFAULT_BUS && !buses.has(bus))
          throw new DeliveryError('NO_RESOURCE', `Event bus ${bus} does not exist.`, false);
        // The same event, under its own id.
        return publish([event], bus);
      }
      await invokeTarget(
        cloud,
        {
          targetArn: target.Arn as string,
          roleArn: target.RoleArn,
          payload: body,
          messageGroupId: target.SqsParameters?.MessageGroupId,
        },
        callerOf(delivery),
      );
      reportMetrics(cloud, 'AWS/Events', { RuleName: ruleName }, { Invocations: 1 });
    },
    giveUp: async (given) => {
      const { ruleArn, ruleName, target, event } = given.delivery.payload;
      const queueArn = target.DeadLetterConfig?.Arn;
      log(`rule ${ruleName} could not reach ${target.Arn}: ${given.error.code} ${given.error.message}`);
      reportMetrics(cloud, 'AWS/Events', { RuleName: ruleName }, { FailedInvocations: 1 });
      if (!queueArn) return;
      const attributes = { RULE_ARN: ruleArn, TARGET_ARN: target.Arn as string };
      const letter = { queueArn, body: JSON.stringify(event), attributes };
      const sent = await sendDeadLetter(cloud, principalOf(undefined, callerOf(given.delivery)), letter, given);
      const metric = sent ? 'InvocationsSentToDlq' : 'InvocationsFailedToBeSentToDlq';
      reportMetrics(cloud, 'AWS/Events', { RuleName: ruleName }, { [metric]: 1 });
    },
  });

  const matches = (rule: Rule, event: AwsEvent): boolean => {
    if (rule.eventPattern === undefined || rule.state === 'DISABLED') return false;
    let matcher = matchers.get(keyOf(rule));
    if (matcher?.pattern !== rule.eventPattern) {
      matcher = { pattern: rule.eventPattern, matches: compilePattern(rule.eventPattern) };
      matchers.set(keyOf(rule), matcher);
    }
    return matcher.matches(event);
  };

  const owe = (rule: Rule, event: AwsEvent) =>
    rule.targets.map((target) => {
      const ingestionTime = isoSeconds(clock.now());
      const body = targetInput(target, { event, ruleArn: rule.arn, ruleName: rule.name, ingestionTime });
      const payload: OwedEvent = { ruleArn: rule.arn, ruleName: rule.name, target, event, body };
      return { payload, policy: retryPolicyOf(target) };
    });

  const schedule = (rule: Rule) => {
    const key = keyOf(rule);
    timers.clear(key);
    if (rule.scheduleExpression === undefined || rule.state === 'DISABLED') return;
    timers.set(key, parseSchedule(rule.scheduleExpression, { startsAt: rule.scheduledSince }), async (dueAt) => {
      const current = rules.get(key);
      if (current) await deliveries.add(owe(current, scheduledEvent(cloud, current, dueAt)));
    });
  };

  const busName = (nameOrArn: string | undefined): string => {
    const name = nameOfBus(nameOrArn);
    if (name !== DEFAULT_BUS && !buses.has(name))
      throw new AwsError('ResourceNotFoundException', `Event bus ${name} does not exist.`);
    return name;
  };
  const isOn = ({ bus = DEFAULT_BUS }: Rule, name: string) => bus === name;

  /** `only`: the ARNs of the rules that a replay is for. */
  const publish = async (events: readonly AwsEvent[], bus = DEFAULT_BUS, only?: readonly string[]) => {
    await archives.keep(events, bus);
    const owed = events.flatMap((event) =>
      [...rules.values()].flatMap((rule) => {
        if (!isOn(rule, bus) || (only && !only.includes(rule.arn)) || !matches(rule, event)) return [];
        reportMetrics(cloud, 'AWS/Events', { RuleName: rule.name }, { MatchedEvents: 1 });
        return owe(rule, event);
      }),
    );
    await deliveries.add(owed);
  };

  const archives = await openArchives(cloud, folder, publish);

  const authorize = async ({ name, arn, modifiedAt }: ConnectionRecord, auth: AuthParameters) => {
    const asked = fetchToken(auth.OAuthParameters!);
    tokens.set(arn, asked);
    const outcome: Pick<ConnectionRecord, 'state' | 'reason' | 'authorizedAt'> = await asked.then(
      () => ({ state: 'AUTHORIZED', authorizedAt: clock.now() }),
      (error: Error) => ({ state: 'DEAUTHORIZED', reason: error.message }),
    );
    const current = connections.get(name);
    // Deleted or updated meanwhile.
    if (current?.arn === arn && current.modifiedAt === modifiedAt)
      await connections.set(name, { ...current, ...outcome });
  };

  return {
    rules,
    buses,
    connections,
    tokens,
    archives,
    authorizeConnection(connection, auth) {
      const done = authorize(connection, auth).finally(() => authorizing.delete(done));
      authorizing.add(done);
    },
    busName,
    publish,
    rulesOf(bus) {
      const name = busName(bus);
      return [...rules.values()].filter((rule) => isOn(rule, name));
    },
    ready() {
      deliveries.resume();
      archives.resume();
      for (const rule of rules.values()) schedule(rule);
    },
    rule(name, bus) {
      const on = busName(bus);
      const rule = rules.get(keyOf({ name, bus: on }));
      if (!rule) throw new AwsError('ResourceNotFoundException', `Rule ${name} does not exist on EventBus ${on}.`);
      return rule;
    },
    async putRule(rule) {
      const before = rules.get(keyOf(rule));
      await rules.set(keyOf(rule), rule);
      if (before?.scheduleExpression !== rule.scheduleExpression || before?.state !== rule.state) schedule(rule);
    },
    async deleteRule(rule) {
      const key = keyOf(rule);
      timers.clear(key);
      matchers.delete(key);
      await rules.delete(key);
    },
    async close() {
      await timers.close();
      await archives.close();
      await deliveries.close();
      await rules.close();
      await buses.close();
      await Promise.all(authorizing);
      await connections.close();
    },
  };
}

const callerOf = ({ id, payload }: Delivery<OwedEvent>): Caller => ({
  service: EVENTS_PRINCIPAL,
  sourceArn: payload.ruleArn,
  executionName: `${payload.event.id}_${id}`,
});

function retryPolicyOf({ RetryPolicy: given }: Target): RetryPolicy {
  return {
    maximumRetryAttempts: given?.MaximumRetryAttempts ?? DEFAULT_RETRY_POLICY.maximumRetryAttempts,
    maximumEventAgeSeconds: given?.MaximumEventAgeInSeconds ?? DEFAULT_RETRY_POLICY.maximumEventAgeSeconds,
  };
}

const scheduledEvent = (cloud: CloudContext, rule: Rule, dueAt: number): AwsEvent => ({
  version: '0',
  id: randomUUID(),
  'detail-type': 'Scheduled Event',
  source: 'aws.events',
  account: cloud.account,
  time: isoSeconds(dueAt),
  region: cloud.region,
  resources: [rule.arn],
  detail: {},
});
