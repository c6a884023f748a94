/** The event-source mapping of a stream: whether it hands records on, and having it do so or not. */
import {
  GetEventSourceMappingCommand,
  type GetEventSourceMappingCommandOutput,
  LambdaClient,
  UpdateEventSourceMappingCommand,
} from '@aws-sdk/client-lambda';
import type { ClientOptions } from './account';
import type { DeployedStream } from './connection';
import type { Start } from './starts';

export const mappingOf = (
  client: ClientOptions,
  { mappingId }: Pick<DeployedStream, 'mappingId'>,
): Promise<GetEventSourceMappingCommandOutput> =>
  new LambdaClient(client).send(new GetEventSourceMappingCommand({ UUID: mappingId }));

export async function mappingStart(client: ClientOptions, stream: DeployedStream): Promise<Start> {
  const { State } = await mappingOf(client, stream);
  return { kind: 'mapping', name: stream.mappingId, enabled: !['Disabled', 'Disabling'].includes(State ?? '') };
}

/** A change takes Lambda some seconds, in which it takes no other. */
const ASK_AGAIN_MS = 1000;
const LONGEST_CHANGE_MS = 120_000;

export async function setMapping(client: ClientOptions, UUID: string, Enabled: boolean): Promise<void> {
  const lambda = new LambdaClient(client);
  const giveUp = Date.now() + LONGEST_CHANGE_MS;
  for (;;) {
    try {
      await lambda.send(new UpdateEventSourceMappingCommand({ UUID, Enabled }));
      return;
    } catch (error) {
      const isBusy = ['ResourceInUseException', 'ResourceConflictException'].includes((error as Error).name);
      if (!isBusy || Date.now() > giveUp) throw error;
      await new Promise((resolve) => setTimeout(resolve, ASK_AGAIN_MS));
    }
  }
}
