/** Why a Distributed Map has failed: Step Functions says only that too many of its children have. */
import {
  DescribeExecutionCommand,
  type HistoryEvent,
  ListExecutionsCommand,
  type SFNClient,
} from '@aws-sdk/client-sfn';
import * as z from 'zod/mini';
import { plannedPartition } from '../../lib/tasks/extract-files';

export const TOO_MANY_CHILDREN_FAILED = 'States.ExceedToleratedFailureThreshold';

export interface ChildFailure {
  /** where it read landed files: the name of the state that does, which tells that a redrive would read the same versions */
  readonly step?: string;
  readonly error: string;
  readonly cause: string;
}

/** The first child of the latest Map Run that has failed; undefined where none is found. `events`: of the run, the latest first. */
export async function readChildFailure(
  stepFunctions: SFNClient,
  events: readonly HistoryEvent[],
): Promise<ChildFailure | undefined> {
  const failed = events.find((event) => event.type === 'MapRunFailed');
  const mapRunArn = mapRunOf(failed, events);
  if (mapRunArn === undefined) return undefined;
  const list = new ListExecutionsCommand({ mapRunArn, statusFilter: 'FAILED', maxResults: MOST });
  const { executions = [] } = await stepFunctions.send(list);
  // Listed from the latest; the others may have been stopped because of the first.
  const executionArn = executions.at(-1)?.executionArn;
  if (executionArn === undefined) return undefined;
  const child = await stepFunctions.send(new DescribeExecutionCommand({ executionArn }));
  const { error = TOO_MANY_CHILDREN_FAILED, cause = '' } = child;
  return { error, cause, ...stepOf(child.input) };
}

const MOST = 1000;

const childInput = z.object({ partition: plannedPartition, source: z.string() });

function stepOf(input: string | undefined): { step?: string } {
  const parsed = z.safeParse(childInput, JSON.parse(input ?? 'null'));
  return parsed.success ? { step: `Extract files of ${parsed.data.source}` } : {};
}

/** From its end back to its start. */
function mapRunOf(failed: HistoryEvent | undefined, events: readonly HistoryEvent[]): string | undefined {
  const byId = new Map(events.map((event) => [event.id, event]));
  for (let at = failed; at; at = byId.get(at.previousEventId)) {
    const arn = at.mapRunStartedEventDetails?.mapRunArn ?? at.mapRunRedrivenEventDetails?.mapRunArn;
    if (arn !== undefined) return arn;
  }
  return undefined;
}
