import { randomUUID } from 'node:crypto';
import { AwsError } from '../../service';
import type { Secret, SecretVersion } from './state';

interface Content {
  readonly SecretString?: string | undefined;
  readonly SecretBinary?: Uint8Array | undefined;
  readonly ClientRequestToken?: string | undefined;
}

const MAX_SECRET_BYTES = 65_536;

export function newVersion(content: Content, stages: readonly string[], createdAt: number): SecretVersion {
  const { SecretString, SecretBinary, ClientRequestToken = randomUUID() } = content;
  if (SecretString !== undefined && SecretBinary !== undefined) {
    throw new AwsError('InvalidParameterException', 'You must provide either SecretString or SecretBinary, not both.');
  }
  if ((SecretBinary?.length ?? Buffer.byteLength(SecretString ?? '')) > MAX_SECRET_BYTES) {
    throw new AwsError('InvalidParameterException', `A secret value has at most ${MAX_SECRET_BYTES} bytes.`);
  }
  return {
    id: ClientRequestToken,
    stages,
    createdAt,
    ...(SecretString === undefined ? {} : { secretString: SecretString }),
    ...(SecretBinary === undefined ? {} : { secretBinary: Buffer.from(SecretBinary).toString('base64') }),
  };
}

/** Undefined when there is no such version yet; throws when the token was used for another value. */
export function sameVersion(secret: Secret, version: SecretVersion): SecretVersion | undefined {
  const existing = secret.versions.find(({ id }) => id === version.id);
  if (!existing) return undefined;
  if (existing.secretString !== version.secretString || existing.secretBinary !== version.secretBinary) {
    const message = `You can't use ClientRequestToken ${version.id} because that value is already in use for a version of secret ${secret.arn}.`;
    throw new AwsError('ResourceExistsException', message);
  }
  return existing;
}
