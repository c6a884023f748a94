/** What a resource type has to say to be created from a template. */
import { createHash } from 'node:crypto';
import type { Iam } from '../iam';
import type { CloudContext } from '../service';
import type { Hook } from '../wire';
import type { Assets } from './assembly';

export type Properties = Readonly<Record<string, unknown>>;

export interface ResourceHandler {
  /**
   * Creates the resource or brings it up to date. Called again with the same request it must change nothing:
   * the process may be killed after the call and before its result is recorded.
   */
  apply(request: ResourceRequest): Promise<AppliedResource>;
  /** Ends a resource that is no longer in its template. Absent: there is nothing to end. */
  remove?(request: RemoveRequest): Promise<void>;
  /** Rows and objects would be lost with it: it is removed only where the template says `DeletionPolicy: Delete`, and reported otherwise. */
  readonly holdsData?: boolean;
  /** Its service keeps it in memory only, so it is applied at each start, changed or not. */
  readonly volatile?: boolean;
}

export interface AppliedResource {
  /** what `Ref` gives */
  readonly physicalId: string;
  /** what `Fn::GetAtt` gives; nested names with dots, e.g. `Endpoint.Address` */
  readonly attributes?: Properties;
}

export interface RecordedResource extends AppliedResource {
  readonly type: string;
  /** of the resolved properties; equal → nothing to do */
  readonly hash: string;
  /** with `{{resolve:…}}` left as it is, so that no secret is stored here */
  readonly properties: Properties;
  readonly retain?: boolean;
  /** the template says that it may be deleted, data and all */
  readonly disposable?: boolean;
}

export interface ResourceRequest {
  readonly stack: { readonly name: string; readonly id: string };
  readonly logicalId: string;
  readonly type: string;
  readonly properties: Properties;
  readonly previous?: RecordedResource;
  readonly host: Host;
}

export interface RemoveRequest {
  readonly stack: { readonly name: string; readonly id: string };
  readonly logicalId: string;
  readonly resource: RecordedResource;
  readonly host: Host;
}

/** The running cloud as a resource handler sees it. */
export interface Host {
  readonly cloud: CloudContext;
  readonly assets: Assets;
  readonly iam: Iam;
  readonly databases: Databases;
  /** Paths of the local server that are not AWS's: custom resources answer there. */
  readonly hooks: Map<string, Hook>;
  /** as CloudFormation, which may do everything */
  call<T = Record<string, unknown>>(service: string, operation: string, input: unknown): Promise<T>;
}

/** What creates databases: there is no RDS and no Redshift Serverless API here, only their Data APIs. */
export interface Databases {
  registerCluster(cluster: {
    clusterIdentifier: string;
    databaseName: string;
    masterUser: string;
    masterPassword: string;
    s3ImportRoles: readonly string[];
    httpEndpoint: boolean;
  }): Promise<unknown>;
  registerNamespace(namespace: {
    namespace: string;
    dbName: string;
    adminUser: string;
    adminPassword: string;
    iamRoles: readonly string[];
    defaultIamRole?: string;
  }): Promise<unknown>;
  registerWorkgroup(workgroup: { workgroup: string; namespace: string }): Promise<unknown>;
  /** where the databases listen */
  readonly port: number;
}

/** `<stack>-<logical id>-<hash>`: the same at each start, so state on disk is found again. */
export function physicalName(
  request: Pick<ResourceRequest, 'stack' | 'logicalId'>,
  options: { explicit?: unknown; max?: number; lowerCase?: boolean } = {},
): string {
  if (typeof options.explicit === 'string' && options.explicit !== '') return options.explicit;
  const max = options.max ?? 64;
  const suffix = shortHash(`${request.stack.name}/${request.logicalId}`, 8);
  const room = max - suffix.length - 1;
  const stack = request.stack.name.slice(0, Math.floor(room / 2));
  const name = `${stack}-${request.logicalId}`.slice(0, room);
  const full = `${name}-${suffix}`;
  return options.lowerCase ? full.toLowerCase() : full;
}

/** A role of the templates whose trust policy leaves out the service that is to use it: on AWS that shows when it is first used. */
export function refuseUntrusted(host: Host, roleArn: unknown, service: string, sourceArn?: string): void {
  if (typeof roleArn !== 'string' || host.iam.registry.role(roleArn) === undefined) return;
  if (!host.iam.canAssume(roleArn, service, sourceArn))
    throw new Error(`the trust policy of ${roleArn} does not let ${service} assume it`);
}

export function shortHash(text: string, length = 16): string {
  return createHash('sha256').update(text).digest('hex').slice(0, length);
}

export function text(value: unknown): string | undefined {
  return value === undefined || value === null ? undefined : String(value);
}

/** CloudFormation passes many numbers and booleans as text. */
export function number(value: unknown): number | undefined {
  return value === undefined || value === null || value === '' ? undefined : Number(value);
}

export function flag(value: unknown): boolean | undefined {
  return value === undefined || value === null ? undefined : value === true || value === 'true';
}

export function list<T = unknown>(value: unknown): readonly T[] {
  return Array.isArray(value) ? (value as T[]) : value === undefined || value === null ? [] : [value as T];
}

export function record(value: unknown): Properties {
  return value !== null && typeof value === 'object' && !Array.isArray(value) ? (value as Properties) : {};
}

/** `[{Key, Value}]` of a template → `{key: value}` */
export function tagMap(value: unknown): Record<string, string> {
  return Object.fromEntries(list<Properties>(value).map((tag) => [String(tag.Key), String(tag.Value)]));
}

/** Runs `create`; when the thing is there already (by AWS's error code), runs `update` in its place. */
export async function createOrUpdate<T>(
  create: () => Promise<T>,
  exists: readonly string[],
  update: () => Promise<T>,
): Promise<T> {
  try {
    return await create();
  } catch (error) {
    if (error instanceof Error && exists.includes(error.name)) return update();
    throw error;
  }
}

/** What is gone need not be removed. @throws the error, where it is another */
export const unless =
  (...names: readonly string[]) =>
  (error: Error): void => {
    if (!names.includes(error.name)) throw error;
  };
