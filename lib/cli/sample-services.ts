/** Sample servers in place of services that nobody has given a key for, and the secrets by which pipelines find them. */
import { randomUUID } from 'node:crypto';
import path from 'node:path';
import {
  CreateSecretCommand,
  DescribeSecretCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { UserError } from '../operate/errors';
import type { localClientOptions } from '../operate/local';
import { load, type PipelineFolder, secretsOf } from '../operate/pipelines';
import { type MissingSecret, missingSecret, secretId, variableOf } from './missing-secrets';
import { makePiiKey, piiKeyOf } from './pii-keys';
import { hasSamples } from './samples';

/** What `startServices` of a pipeline's `samples.ts` is told. */
export interface LocalCloud {
  /** options for an AWS client that is to reach it, as whoever may do everything */
  readonly client: ReturnType<typeof localClientOptions>;
}

/** What it gives. */
export interface Services {
  /** by name; kept as `stepwell/<name>` */
  readonly secrets: Readonly<Record<string, unknown>>;
  /** a service's scheme, host and port, and those of the server in its place */
  readonly origins?: Readonly<Record<string, string>>;
  /** of a service that wants no login: that its data is sample data, and how to have the real one */
  readonly note?: string;
  close(): Promise<void>;
}

/** A secret that this start has set. */
export interface SampleSecret {
  readonly pipeline: string;
  /** `stepwell/<name>` */
  readonly secret: string;
  /**
   * where its value is from: a sample server, or a variable of the environment with a real login in it; `made`: a random key to hash
   * personal data by
   */
  readonly from: 'sample' | 'environment' | 'made';
  readonly variable: string;
  /** the members that a real one needs, as far as the sample shows them */
  readonly members: readonly string[];
}

export interface SampleServices {
  readonly secrets: readonly SampleSecret[];
  /** that the pipelines name, and neither a person nor a sample server has given */
  readonly missing: readonly MissingSecret[];
  /** of sample servers that have no secret */
  readonly notes: readonly string[];
  close(): Promise<void>;
}

/** Read by the task of `httpApi`, beside a local endpoint alone. */
const ORIGINS = 'STEPWELL_ORIGINS';
const TAG = { Key: 'stepwell:sample', Value: 'true' };
/** The id of each version that a start writes begins so: one that a person has put into the same secret does not. */
const VERSION = 'stepwell-sample-';

/** Secrets of which a person has made or changed the value are theirs: untouched, and no sample server is started in their place. */
export async function startSampleServices(
  folders: readonly PipelineFolder[],
  local: LocalCloud,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<SampleServices> {
  const client = new SecretsManagerClient(local.client);
  const running: Services[] = [];
  const close = async () => {
    delete process.env[ORIGINS];
    await Promise.all(running.map((services) => services.close()));
  };
  const done: SampleSecret[] = [];
  const notes: string[] = [];
  const set = new Set<string>();
  const put = async (pipeline: string, name: string, from: SampleSecret['from'], value: unknown) => {
    if (set.has(name) || !(await putUnlessTheirs(client, name, value))) return;
    set.add(name);
    const members = Object.keys(value as object);
    done.push({ pipeline, secret: secretId(name), from, variable: variableOf(name), members });
  };
  try {
    for (const one of folders) {
      const { name: pipeline } = one.pipeline;
      const names = secretsOf(one.pipeline);
      for (const name of names) {
        const given = environment[variableOf(name)];
        if (given) await put(pipeline, name, 'environment', parseGiven(variableOf(name), given));
      }
      const key = piiKeyOf(one.pipeline);
      const given = key && environment[variableOf(key)];
      if (key && given) await put(pipeline, key, 'environment', parseGiven(variableOf(key), given));
      else if (key && (await makePiiKey(client, key))) {
        done.push({ pipeline, secret: secretId(key), from: 'made', variable: variableOf(key), members: ['key'] });
      }
      if (!(await isWanted(client, names, set))) continue;
      const startServices = await startServicesOf(one);
      if (startServices === undefined) continue;
      const services = await startServices(local);
      running.push(services);
      if (services.note) notes.push(`${pipeline}: ${services.note}`);
      // Function processes inherit it: they start when runs do.
      process.env[ORIGINS] = JSON.stringify(Object.assign({}, ...running.map(({ origins }) => origins)));
      for (const [name, value] of Object.entries(services.secrets)) await put(pipeline, name, 'sample', value);
    }
    return { secrets: done, missing: await missingOf(client, folders), notes, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function missingOf(client: SecretsManagerClient, folders: readonly PipelineFolder[]): Promise<MissingSecret[]> {
  const missing: MissingSecret[] = [];
  for (const { pipeline } of folders) {
    for (const name of secretsOf(pipeline)) {
      if ((await stateOf(client, name)) === 'absent') missing.push(missingSecret(pipeline, name));
    }
  }
  return missing;
}

type StartServices = (local: LocalCloud) => Promise<Services>;

async function startServicesOf(one: PipelineFolder): Promise<StartServices | undefined> {
  if (!hasSamples(one)) return undefined;
  return (await load<{ startServices?: StartServices }>(path.join(one.folder, 'samples.ts'))).startServices;
}

/** One secret that nobody has set is enough; a pipeline that names none may have services all the same. */
async function isWanted(client: SecretsManagerClient, names: readonly string[], set: Set<string>): Promise<boolean> {
  if (names.length === 0) return true;
  for (const name of names) if (!set.has(name) && (await stateOf(client, name)) !== 'theirs') return true;
  return false;
}

function parseGiven(variable: string, text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  } catch {
    // The parser's message would quote the secret.
  }
  throw new UserError(`${variable} is not a JSON object. Set it to one, as '{"apiKey":"…"}'.`);
}

/** `ours`: its value is what an earlier start has written. */
async function stateOf(client: SecretsManagerClient, name: string): Promise<'absent' | 'ours' | 'theirs'> {
  try {
    const secret = await client.send(new DescribeSecretCommand({ SecretId: secretId(name) }));
    const current = Object.entries(secret.VersionIdsToStages ?? {}).find(([, stages]) => stages.includes('AWSCURRENT'));
    const isTagged = secret.Tags?.some(({ Key }) => Key === TAG.Key) === true;
    return isTagged && secret.DeletedDate === undefined && current?.[0].startsWith(VERSION) ? 'ours' : 'theirs';
  } catch (error) {
    if ((error as Error).name === 'ResourceNotFoundException') return 'absent';
    throw error;
  }
}

async function putUnlessTheirs(client: SecretsManagerClient, name: string, value: unknown): Promise<boolean> {
  const state = await stateOf(client, name);
  if (state === 'theirs') return false;
  const version = { ClientRequestToken: `${VERSION}${randomUUID()}`, SecretString: JSON.stringify(value) };
  if (state === 'absent') await client.send(new CreateSecretCommand({ Name: secretId(name), Tags: [TAG], ...version }));
  else await client.send(new PutSecretValueCommand({ SecretId: secretId(name), ...version }));
  return true;
}

/** Every service that it names is somebody's own: sample files are not to come among real ones. */
export function readsRealServices({ pipeline }: PipelineFolder, secrets: readonly SampleSecret[]): boolean {
  const names = secretsOf(pipeline).map(secretId);
  return names.length > 0 && !secrets.some(({ secret, from }) => from === 'sample' && names.includes(secret));
}

/** Which data is sample data, and how to have the real one. */
export const sampleLines = (secrets: readonly SampleSecret[]): string[] =>
  secrets.map(({ pipeline, secret, from, variable, members }) => {
    if (from === 'environment') return `${pipeline}: ${secret} is set from ${variable}.`;
    if (from === 'made')
      return `${pipeline}: ${secret} holds a random key, made for this local cloud, to hash personal data by.`;
    const shape = members.map((member) => `"${member}":"…"`).join(',');
    return `${pipeline}: sample data, as no secret ${secret} is given. For the real service: ${variable}='{${shape}}' npm start`;
  });
