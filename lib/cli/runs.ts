/** Follows the runs that dropped files have started, through the Step Functions API alone. */
import {
  DescribeExecutionCommand,
  GetExecutionHistoryCommand,
  ListExecutionsCommand,
  type SFNClient,
} from '@aws-sdk/client-sfn';

export interface FollowedRun {
  readonly key: string;
  readonly versionId: string;
  readonly runId: string;
  readonly status: string;
  readonly seconds: number;
  /** the execution's output when it succeeded */
  readonly output?: {
    readonly rows?: number;
    readonly rejected?: number;
    readonly outcome?: string;
    readonly published?: readonly { sink: string; rows: number }[];
    readonly warnings?: readonly string[];
  };
  readonly error?: string;
}

const POLL_MS = 200;
const START_TIMEOUT_MS = 60_000;

export async function followRuns(
  client: SFNClient,
  stateMachineArn: string,
  drops: readonly { readonly key: string; readonly versionId: string }[],
  say: (line: string) => void,
): Promise<FollowedRun[]> {
  const byVersion = new Map<string, string>();
  const finished = new Map<string, FollowedRun>();
  const lastStep = new Map<string, string>();
  const began = Date.now();
  while (finished.size < drops.length) {
    await matchExecutions(client, stateMachineArn, drops, byVersion);
    for (const { key, versionId } of drops) {
      const arn = byVersion.get(versionId);
      if (arn === undefined || finished.has(versionId)) continue;
      const run = await describe(client, arn, key, versionId);
      const step = run
        ? `${run.status.toLowerCase()}${run.output?.outcome ? ` (${run.output.outcome})` : ''}`
        : await currentStep(client, arn);
      if (step !== lastStep.get(arn)) {
        lastStep.set(arn, step);
        const counts =
          run?.output?.rows === undefined ? '' : `: ${run.output.rows} rows, ${run.output.rejected} rejected`;
        say(`  ${key}: ${step}${counts}`);
      }
      if (run) finished.set(versionId, run);
    }
    if (byVersion.size < drops.length && Date.now() - began > START_TIMEOUT_MS) {
      throw new Error(
        `After ${START_TIMEOUT_MS / 1000} s only ${byVersion.size} of ${drops.length} dropped files have started a run.`,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  return drops.map(({ versionId }) => finished.get(versionId)!);
}

/** An execution's input names the version that started it. */
async function matchExecutions(
  client: SFNClient,
  stateMachineArn: string,
  drops: readonly { readonly versionId: string }[],
  byVersion: Map<string, string>,
): Promise<void> {
  if (byVersion.size === drops.length) return;
  const known = new Set(byVersion.values());
  const { executions } = await client.send(new ListExecutionsCommand({ stateMachineArn, maxResults: 100 }));
  for (const { executionArn } of executions ?? []) {
    if (known.has(executionArn!)) continue;
    const { input } = await client.send(new DescribeExecutionCommand({ executionArn }));
    const { arrival } = JSON.parse(input ?? '{}') as { arrival?: { versionId?: string } };
    if (arrival?.versionId && drops.some(({ versionId }) => versionId === arrival.versionId))
      byVersion.set(arrival.versionId, executionArn!);
  }
}

async function describe(
  client: SFNClient,
  executionArn: string,
  key: string,
  versionId: string,
): Promise<FollowedRun | undefined> {
  const { status, output, error, cause, name, startDate, stopDate } = await client.send(
    new DescribeExecutionCommand({ executionArn }),
  );
  if (status === 'RUNNING' || stopDate === undefined) return undefined;
  return {
    key,
    versionId,
    runId: name!,
    status: status!,
    seconds: (stopDate.getTime() - startDate!.getTime()) / 1000,
    ...(output === undefined ? {} : { output: JSON.parse(output) }),
    ...(error === undefined ? {} : { error: `${error}: ${sentence(cause)}` }),
  };
}

/** A Lambda function's cause is a JSON document with the message in it. */
function sentence(cause: string | undefined): string {
  try {
    return (JSON.parse(cause ?? '') as { errorMessage?: string }).errorMessage ?? cause ?? '';
  } catch {
    return cause ?? '';
  }
}

async function currentStep(client: SFNClient, executionArn: string): Promise<string> {
  const { events } = await client.send(
    new GetExecutionHistoryCommand({ executionArn, reverseOrder: true, maxResults: 50 }),
  );
  const entered = events?.find((event) => event.stateEnteredEventDetails !== undefined);
  return entered?.stateEnteredEventDetails?.name ?? 'starting';
}
