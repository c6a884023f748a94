/** Histories of the runs that somebody looks at: read once, then only what has come since. */
import {
  DescribeStateMachineForExecutionCommand,
  GetExecutionHistoryCommand,
  type HistoryEvent,
  SFNClient,
} from '@aws-sdk/client-sfn';
import type { Context } from '../../server/route';
import type { Graph } from '../../types/graph';
import { graphOf } from './graph';
import { RunHistory } from './visits';

export interface Looked {
  readonly definition: string;
  readonly graph: Graph;
  readonly history: RunHistory;
}

interface Kept {
  readonly looked: Promise<Looked>;
  /** who reads waits for who reads already: each goes on where the last has come to */
  reading: Promise<void>;
}

const kept = new Map<string, Kept>();
/** Of some megabytes each, at most. */
const MOST_KEPT = 12;
const PAGE = 1000;
/** New events mostly come with one small answer. */
const NEW_EVENTS = 100;

/** The definition that the execution goes by, with what has happened up to now. `endedAt`: of an execution that has; it is read once. */
export async function historyAt(context: Context, executionArn: string, endedAt?: string): Promise<Looked> {
  const { connection } = context;
  const key = `${connection.client.endpoint ?? connection.client.region} ${executionArn}`;
  const one = kept.get(key) ?? { looked: begin(context, executionArn), reading: Promise.resolve() };
  kept.delete(key);
  kept.set(key, one);
  if (kept.size > MOST_KEPT) kept.delete(kept.keys().next().value!);
  try {
    const looked = await one.looked;
    if (endedAt !== undefined && looked.history.endedAt?.toISOString() === endedAt) return looked;
    const reading = one.reading.catch(() => {}).then(() => readOn(context, executionArn, looked.history));
    one.reading = reading;
    await reading;
    return looked;
  } catch (error) {
    kept.delete(key);
    throw error;
  }
}

async function begin({ connection, limits }: Context, executionArn: string): Promise<Looked> {
  const sfn = new SFNClient(connection.client);
  const { definition = '{"States":{}}' } = await limits.describe(() =>
    sfn.send(new DescribeStateMachineForExecutionCommand({ executionArn })),
  );
  const graph = graphOf(definition);
  return { definition, graph, history: new RunHistory(graph) };
}

async function readOn(
  { connection, limits }: Pick<Context, 'connection' | 'limits'>,
  executionArn: string,
  history: RunHistory,
): Promise<void> {
  const sfn = new SFNClient(connection.client);
  const isFirst = history.lastEvent === 0;
  const events: HistoryEvent[] = [];
  let nextToken: string | undefined;
  do {
    const token = nextToken;
    const page = await limits.history(() =>
      sfn.send(
        new GetExecutionHistoryCommand({
          executionArn,
          reverseOrder: !isFirst,
          maxResults: isFirst ? PAGE : NEW_EVENTS,
          nextToken: token,
        }),
      ),
    );
    events.push(...(page.events ?? []));
    const isKnown = !isFirst && (events.at(-1)?.id ?? 0) <= history.lastEvent + 1;
    nextToken = isKnown ? undefined : page.nextToken;
  } while (nextToken !== undefined);
  history.advance(isFirst ? events : events.reverse());
}
