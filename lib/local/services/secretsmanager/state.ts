/** Secrets and their versions, in one file that only its owner can read. */
import { randomInt } from 'node:crypto';
import { join } from 'node:path';
import { type AccessRequest, AwsError, type CallContext, type CloudContext } from '../../service';
import { openTable, type Table } from '../../store';
import type { ResourcePolicies } from '../resource-policy';

export const CURRENT = 'AWSCURRENT';
export const PREVIOUS = 'AWSPREVIOUS';

export interface SecretVersion {
  readonly id: string;
  readonly stages: readonly string[];
  readonly createdAt: number;
  readonly secretString?: string;
  /** base64 */
  readonly secretBinary?: string;
}

export interface Secret {
  readonly arn: string;
  readonly name: string;
  readonly description?: string;
  readonly kmsKeyId?: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly createdAt: number;
  readonly changedAt: number;
  readonly accessedAt?: number;
  /** Until then it can be restored. */
  readonly deleteAt?: number;
  readonly deletedAt?: number;
  readonly versions: readonly SecretVersion[];
  /** its resource policy, as it was given */
  readonly policy?: string;
}

export interface SecretsState {
  readonly policies: ResourcePolicies | undefined;
  readonly secrets: Table<Secret>;
  /** By name, ARN, or ARN without its random suffix. */
  find(id: string | undefined): Secret | undefined;
  get(id: string | undefined): Secret;
  /** Refuses a secret that waits to be deleted. */
  active(id: string | undefined): Secret;
  put(secret: Secret): Promise<void>;
  close(): Promise<void>;
}

export async function openSecrets(
  cloud: CloudContext,
  folder: string,
  policies?: ResourcePolicies,
): Promise<SecretsState> {
  const secrets = await openTable<Secret>(join(folder, 'secrets.ndjson'), { mode: 0o600 });
  const isGone = ({ deleteAt }: Secret) => deleteAt !== undefined && deleteAt <= cloud.clock.now();
  for (const secret of [...secrets.values()].filter(isGone)) await secrets.delete(secret.name);

  const find = (id = '') => {
    const prefix = `${arnPrefix(cloud)}:`;
    const name = id.startsWith(prefix) ? id.slice(prefix.length) : id;
    const secret = secrets.get(name) ?? secrets.get(name.replace(/-[A-Za-z0-9]{6}$/, ''));
    const found = secret && (id === secret.name || id === secret.arn || id === `${prefix}${secret.name}`);
    return found && !isGone(secret) ? secret : undefined;
  };
  const get = (id?: string) => {
    const secret = find(id);
    if (!secret) throw new AwsError('ResourceNotFoundException', "Secrets Manager can't find the specified secret.");
    return secret;
  };
  return {
    policies,
    secrets,
    find,
    get,
    active(id) {
      const secret = get(id);
      if (secret.deleteAt === undefined) return secret;
      const message = "You can't perform this operation on the secret because it was marked for deletion.";
      throw new AwsError('InvalidRequestException', message);
    },
    put: (secret) => secrets.set(secret.name, secret),
    close: () => secrets.close(),
  };
}

const arnPrefix = ({ region, account }: CloudContext) => `arn:aws:secretsmanager:${region}:${account}:secret`;

const SUFFIX_CHARACTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

export function newSecretArn(cloud: CloudContext, name: string): string {
  const suffix = Array.from({ length: 6 }, () => SUFFIX_CHARACTERS[randomInt(SUFFIX_CHARACTERS.length)]).join('');
  return `${arnPrefix(cloud)}:${name}-${suffix}`;
}

/** IAM decides about the secret's full ARN and its tags, whichever way the caller names it. */
export function accessTo(
  action: string,
  id: string | undefined,
  state: SecretsState,
  { cloud }: CallContext,
): readonly AccessRequest[] {
  const secret = state.find(id);
  if (!secret) {
    const resource = id?.startsWith('arn:') ? id : `${arnPrefix(cloud)}:${id ?? ''}`;
    return [{ action: `secretsmanager:${action}`, resource }];
  }
  return [{ action: `secretsmanager:${action}`, resource: secret.arn }];
}

/** Adds a version; the stages it takes leave the others, and what was current becomes previous. */
export function withVersion(secret: Secret, version: SecretVersion): Secret {
  const takesCurrent = version.stages.includes(CURRENT);
  const older = secret.versions
    .filter(({ id }) => id !== version.id)
    .map((other) => {
      const wasCurrent = other.stages.includes(CURRENT);
      const stages = other.stages.filter(
        (stage) => !version.stages.includes(stage) && !(takesCurrent && !wasCurrent && stage === PREVIOUS),
      );
      return { ...other, stages: takesCurrent && wasCurrent ? [...stages, PREVIOUS] : stages };
    });
  // A version without a stage is deprecated, and AWS removes it in time.
  return {
    ...secret,
    changedAt: version.createdAt,
    versions: [...older.filter(({ stages }) => stages.length > 0), version],
  };
}

export const stagesOf = (secret: Secret): Record<string, string[]> =>
  Object.fromEntries(secret.versions.map(({ id, stages }) => [id, [...stages]]));
