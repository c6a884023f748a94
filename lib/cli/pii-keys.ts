/** The keys by which pipelines hash personal data: made once for the local cloud, and kept, as hashes depend on them. */
import { randomBytes } from 'node:crypto';
import { CreateSecretCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { hashesPii } from '../pipeline/pii-mistakes';
import type { Pipeline } from '../pipeline/types';
import { piiSecretOf } from '../tasks/pii';

const KEY_BYTES = 32;

/** The name of the secret with the pipeline's key; undefined: it hashes nothing. */
export const piiKeyOf = (pipeline: Pipeline): string | undefined =>
  Object.values(pipeline.sources).some(hashesPii) ? piiSecretOf(pipeline) : undefined;

/** False: there is one, which stays as it is. */
export async function makePiiKey(client: SecretsManagerClient, name: string): Promise<boolean> {
  const key = randomBytes(KEY_BYTES).toString('hex');
  try {
    await client.send(new CreateSecretCommand({ Name: `stepwell/${name}`, SecretString: JSON.stringify({ key }) }));
    return true;
  } catch (error) {
    if ((error as Error).name === 'ResourceExistsException') return false;
    throw error;
  }
}
