/** Connection strings for `psql`: each local database as its administrator, and as the user of each pipeline. */
import { GetSecretValueCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { roleName } from '../local/redshift/names';

export interface Login {
  /** `redshift` or `aurora` */
  readonly database: string;
  readonly as: string;
  readonly url: string;
}

/** The databases of the local cloud, and the pipelines' secrets for them. */
const ENGINES = [
  { database: 'redshift', secret: 'redshift', role: roleName },
  { database: 'aurora', secret: 'postgres', role: (user: string) => user },
] as const;

export async function loginsOf(
  databases: Readonly<Record<string, string>>,
  pipelines: readonly string[],
  secrets: SecretsManagerClient,
): Promise<Login[]> {
  const logins: Login[] = [];
  for (const { database, secret, role } of ENGINES) {
    const admin = databases[database];
    if (admin === undefined) continue;
    logins.push({ database, as: 'admin', url: admin });
    for (const pipeline of pipelines) {
      const login = await secretOf(`stepwell/${pipeline}/${secret}`, secrets);
      if (login === undefined) continue;
      const url = new URL(admin);
      url.username = encodeURIComponent(role(login.username));
      url.password = encodeURIComponent(login.password);
      logins.push({ database, as: pipeline, url: url.href });
    }
  }
  return logins;
}

/** Undefined for a pipeline without a sink in that database. */
async function secretOf(
  SecretId: string,
  secrets: SecretsManagerClient,
): Promise<{ username: string; password: string } | undefined> {
  try {
    const { SecretString } = await secrets.send(new GetSecretValueCommand({ SecretId }));
    return JSON.parse(SecretString ?? '') as { username: string; password: string };
  } catch (error) {
    if ((error as Error).name === 'ResourceNotFoundException') return undefined;
    throw error;
  }
}
