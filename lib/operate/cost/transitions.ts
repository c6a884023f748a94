/** What the history of a run says of its cost: state transitions, which Step Functions bills, and invocations that could not say whose they were. */
import {
  DescribeMapRunCommand,
  type HistoryEvent,
  ListExecutionsCommand,
  ListMapRunsCommand,
  type SFNClient,
} from '@aws-sdk/client-sfn';
import { historyOf } from '../follow';
import type { Limits } from '../rate-limit';

export interface HistoryFacts {
  readonly transitions: number;
  /** of a distributed Map: its children were counted by some of them */
  readonly estimated: boolean;
  /** request ids of invocations that Lambda has ended */
  readonly killed: readonly string[];
}

/** So many children of a Map are looked at. */
export const SAMPLE = 5;

/** Undefined where Step Functions has forgotten the run, as it does after 90 days, or where it has children that are not to be counted. */
export async function factsOf(
  client: SFNClient,
  executionArn: string,
  limits: Limits,
  withChildren: boolean,
): Promise<HistoryFacts | undefined> {
  try {
    const own = factsIn(await historyOf(client, executionArn, limits.history));
    if (!own.hasMaps) return { ...own, estimated: false };
    if (!withChildren) return undefined;
    const children = await ofChildren(client, executionArn, limits);
    return {
      transitions: own.transitions + children.transitions,
      estimated: children.estimated,
      killed: [...own.killed, ...children.killed],
    };
  } catch (error) {
    if ((error as Error).name === 'ExecutionDoesNotExist') return undefined;
    throw error;
  }
}

/** A state that is entered is a transition, and so is each retry of its task. */
export function factsIn(events: readonly HistoryEvent[]) {
  const counts = new Map<string, number>();
  for (const { type = '' } of events) {
    const name = type.endsWith('StateEntered') ? 'entered' : type;
    counts.set(name, (counts.get(name) ?? 0) + 1);
    if (type === 'TaskStateEntered') counts.set(type, (counts.get(type) ?? 0) + 1);
  }
  const of = (name: string) => counts.get(name) ?? 0;
  const causes = events.map(({ taskFailedEventDetails: failed }) => failed?.cause ?? '');
  return {
    transitions: of('entered') + Math.max(0, of('TaskScheduled') - of('TaskStateEntered')),
    hasMaps: of('MapRunStarted') > 0,
    killed: causes.flatMap((cause) => [...cause.matchAll(/RequestId: ([0-9a-f-]{36})/g)].map(([, id]) => id!)),
  };
}

async function ofChildren(client: SFNClient, executionArn: string, limits: Limits): Promise<HistoryFacts> {
  const { mapRuns = [] } = await limits.mapRuns(() => client.send(new ListMapRunsCommand({ executionArn })));
  let transitions = 0;
  let estimated = false;
  const killed: string[] = [];
  for (const { mapRunArn } of mapRuns) {
    const { executionCounts } = await limits.mapRuns(() => client.send(new DescribeMapRunCommand({ mapRunArn })));
    const children = executionCounts?.total ?? 0;
    const { executions = [] } = await limits.mapRuns(() =>
      client.send(new ListExecutionsCommand({ mapRunArn, maxResults: SAMPLE })),
    );
    const facts = await Promise.all(
      executions.map(async (child) => factsIn(await historyOf(client, child.executionArn!, limits.history))),
    );
    const sum = facts.reduce((all, one) => all + one.transitions, 0);
    transitions += facts.length === 0 ? 0 : Math.round((sum / facts.length) * children);
    estimated ||= facts.length < children;
    killed.push(...facts.flatMap((one) => one.killed));
  }
  return { transitions, estimated, killed };
}
