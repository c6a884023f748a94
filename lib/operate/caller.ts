import { userInfo } from 'node:os';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import type { Connection } from './connection';

/** Who is at this machine, and as whom AWS knows them: what the ledger says of who did something. */
export async function callerText({ client }: Pick<Connection, 'client'>): Promise<string> {
  const { Arn } = await new STSClient(client).send(new GetCallerIdentityCommand({}));
  return `${userInfo().username} (${Arn})`;
}
