/** What starts a pipeline, as it is deployed: Admit's own arguments, which are what its runs go by. */
import { DescribeStateMachineCommand, type SFNClient } from '@aws-sdk/client-sfn';
import type { Schedule } from '../../tasks/schedule';
import type { DeployedPipeline } from '../connection';

export type DeployedTrigger =
  | { readonly kind: 'cron'; readonly schedule: Schedule }
  | { readonly kind: 'after'; readonly upstream: string }
  | {
      readonly kind: 's3Arrival';
      /** of its sources */
      readonly globs: readonly string[];
      /** a run's rows take the place of all that is in a table */
      readonly replacesTable: boolean;
    };

interface AdmitPayload {
  readonly schedule?: Schedule;
  readonly upstream?: string;
  readonly sources?: readonly { readonly files: readonly { readonly glob: string }[] }[];
}

export async function triggerOf(
  stepFunctions: SFNClient,
  { stateMachineArn }: Pick<DeployedPipeline, 'stateMachineArn'>,
): Promise<DeployedTrigger> {
  const { definition = '{}' } = await stepFunctions.send(new DescribeStateMachineCommand({ stateMachineArn }));
  return triggerIn(JSON.parse(definition) as object);
}

export function triggerIn(definition: object): DeployedTrigger {
  const { States } = definition as { States: { Admit: { Arguments: { Payload: AdmitPayload } } } };
  const { schedule, upstream, sources = [] } = States.Admit.Arguments.Payload;
  if (schedule) return { kind: 'cron', schedule };
  if (upstream !== undefined) return { kind: 'after', upstream };
  return {
    kind: 's3Arrival',
    globs: sources.flatMap(({ files }) => files.map(({ glob }) => glob)),
    replacesTable: replaces(definition),
  };
}

/** Wherever a sink stands in it. */
function replaces(value: unknown): boolean {
  if (value === null || typeof value !== 'object') return false;
  const { write } = value as { write?: { mode?: string; interval?: string } };
  if (write?.mode === 'replace' && write.interval === undefined) return true;
  return Object.values(value).some(replaces);
}
