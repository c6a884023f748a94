/** Functions, layers and what is pending of them, on disk; their processes in memory. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, symlinkSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Iam, PolicyStatement } from '../../iam';
import {
  AsyncQueue,
  type AsyncTarget,
  type FunctionSpec,
  LambdaRuntime,
  layerFolders,
  type RuntimeOptions,
  unzip,
} from '../../lambda';
import { AwsError, type CloudContext, type Principal } from '../../service';
import { openTable, type Table } from '../../store';
import type { State } from '../stateful';
import { unreserved } from './concurrency';
import { asyncConfigOf } from './event-invoke';
import { type EventSourceMappings, openEventSourceMappings } from './event-source-mappings';
import { type FunctionName, LATEST, parseFunctionName } from './names';
import { type AliasRecord, type Versions, versionsOf } from './versions';

/** Where code came from: the bootstrap's asset bucket (a folder of the assembly, here), another bucket, or the call itself. */
export type CodeSource =
  | { readonly kind: 'asset'; readonly key: string; readonly sha256: string }
  | { readonly kind: 'unpacked'; readonly sha256: string };

export interface FunctionRecord {
  readonly name: string;
  readonly arn: string;
  readonly runtime: string;
  readonly handler: string;
  readonly roleArn: string;
  readonly description: string;
  readonly memoryMb: number;
  readonly timeoutSeconds: number;
  readonly environment: Readonly<Record<string, string>>;
  readonly layerArns: readonly string[];
  readonly architectures: readonly string[];
  readonly ephemeralStorageMb: number;
  readonly tracingMode: string;
  readonly logFormat: 'Text' | 'JSON';
  readonly logGroup: string;
  readonly deadLetterArn?: string;
  readonly reservedConcurrency?: number;
  readonly code: CodeSource;
  readonly lastModified: string;
  readonly revision: string;
  readonly permissions: readonly (PolicyStatement & { readonly Sid: string })[];
  readonly asynchronous?: AsyncConfig;
  /** of versions and aliases */
  readonly asynchronousOf?: Readonly<Record<string, AsyncConfig>>;
  readonly tags?: Readonly<Record<string, string>>;
  /** of a published version */
  readonly version?: string;
  /** the revision that it is a copy of */
  readonly publishedFrom?: string;
}

export interface AsyncConfig {
  readonly maxRetries?: number;
  readonly maxAgeSeconds?: number;
  readonly onSuccessArn?: string;
  readonly onFailureArn?: string;
  readonly lastModified: number;
}

export interface LayerRecord {
  readonly arn: string;
  readonly name: string;
  readonly version: number;
  readonly description: string;
  readonly code: CodeSource;
  readonly createdAt: string;
}

export interface LambdaOptions extends RuntimeOptions {
  readonly iam: Iam;
  /** object key of the bootstrap's asset bucket → folder or file on this disk */
  readonly assets?: () => ReadonlyMap<string, string>;
}

export interface LambdaState extends State {
  readonly cloud: CloudContext;
  readonly iam: Iam;
  readonly functions: Table<FunctionRecord>;
  readonly layers: Table<LayerRecord>;
  readonly versions: Versions;
  readonly mappings: EventSourceMappings;
  readonly runtime: LambdaRuntime;
  readonly queue: AsyncQueue;
  /** Its latest state. Throws ResourceNotFoundException. Takes a name, an ARN or a partial ARN, each with or without a qualifier. */
  function(nameOrArn: string): FunctionRecord;
  /**
   * While the assembly is being applied, a function may still name code that the assembly no longer has: others than CloudFormation
   * wait for its new code. Afterwards it returns at once.
   */
  settled(asked: FunctionName, principal: Principal): Promise<FunctionRecord>;
  spec(record: FunctionRecord): Promise<FunctionSpec>;
  /** All resources exist: what was left from an earlier process is taken up. */
  ready(): void;
  storeCode(code: { S3Bucket?: string; S3Key?: string; ZipFile?: Uint8Array }): Promise<CodeSource>;
}

export async function openLambda(cloud: CloudContext, folder: string, options: LambdaOptions): Promise<LambdaState> {
  const functions = await openTable<FunctionRecord>(join(folder, 'functions.jsonl'));
  const layers = await openTable<LayerRecord>(join(folder, 'layers.jsonl'));
  const published = await openTable<FunctionRecord>(join(folder, 'versions.jsonl'));
  const aliases = await openTable<AliasRecord>(join(folder, 'aliases.jsonl'));
  const versions = versionsOf(cloud, functions, published, aliases);
  const runtime = new LambdaRuntime(cloud, options);
  const codeFolder = join(folder, 'code');
  const assets = () => options.assets?.() ?? new Map<string, string>();

  const directoryOf = async (code: CodeSource): Promise<string> => {
    if (code.kind === 'unpacked') return join(codeFolder, code.sha256);
    const source = assets().get(code.key);
    if (source === undefined)
      throw new AwsError('InvalidRuntimeException', `The asset ${code.key} is not in the assembly.`, 502);
    if ((await stat(source)).isDirectory()) return source;
    return unpackFile(source, join(codeFolder, code.sha256));
  };

  const find = (nameOrArn: string): FunctionRecord => versions.resolve({ name: parseFunctionName(nameOrArn).name });

  let ready = () => {};
  const isReady = new Promise<void>((resolve) => {
    ready = resolve;
  });
  const isCurrent = ({ code }: FunctionRecord) => code.kind !== 'asset' || assets().has(code.key);

  const spec = async (record: FunctionRecord): Promise<FunctionSpec> => {
    const reservedConcurrency = functions.get(record.name)?.reservedConcurrency;
    return {
      name: record.name,
      arn: record.arn,
      version: record.version ?? LATEST,
      revision: record.revision,
      runtime: record.runtime,
      handler: record.handler,
      roleArn: record.roleArn,
      memoryMb: record.memoryMb,
      timeoutSeconds: record.timeoutSeconds,
      environment: record.environment,
      codeDirectory: await directoryOf(record.code),
      packageFolders: await layerPaths(record, layers, directoryOf, folder),
      logGroup: record.logGroup,
      logFormat: record.logFormat,
      unreservedConcurrency: unreserved(functions.values()),
      ...(reservedConcurrency === undefined ? {} : { reservedConcurrency }),
    };
  };

  const asyncTarget = async (name: string, qualifier?: string): Promise<AsyncTarget | undefined> => {
    const latest = functions.get(name);
    if (latest === undefined) return undefined;
    const { maxRetries, maxAgeSeconds, onSuccessArn, onFailureArn } = asyncConfigOf(latest, qualifier) ?? {};
    const record = versions.find({ name, ...(qualifier === undefined ? {} : { qualifier }) });
    if (record === undefined) return undefined;
    return {
      spec: await spec(record),
      maxRetries: maxRetries ?? 2,
      maxAgeSeconds: maxAgeSeconds ?? 6 * 3600,
      ...(onSuccessArn === undefined ? {} : { onSuccessArn }),
      ...(onFailureArn === undefined ? {} : { onFailureArn }),
      ...(record.deadLetterArn === undefined ? {} : { deadLetterArn: record.deadLetterArn }),
    };
  };

  const queue = await AsyncQueue.open(cloud, runtime, asyncTarget);
  const mappings = await openEventSourceMappings(cloud, folder, runtime, async (asked) =>
    spec(versions.resolve(asked)),
  );
  for (const record of functions.values()) registerPermissions(options.iam, record);

  return {
    cloud,
    iam: options.iam,
    functions,
    layers,
    versions,
    mappings,
    runtime,
    queue,
    function: find,
    async settled(asked, principal) {
      const record = versions.resolve(asked);
      if (isCurrent(record) || isCloudFormation(principal)) return record;
      await isReady;
      return versions.resolve(asked);
    },
    spec,
    ready() {
      ready();
      queue.resume();
      mappings.resume();
    },
    async storeCode({ S3Bucket, S3Key, ZipFile }) {
      if (S3Key !== undefined && assets().has(S3Key))
        return { kind: 'asset', key: S3Key, sha256: S3Key.replace(/\.\w+$/, '') };
      const zip = ZipFile === undefined ? await download(cloud, S3Bucket, S3Key) : Buffer.from(ZipFile);
      const sha256 = createHash('sha256').update(zip).digest('hex');
      const target = join(codeFolder, sha256);
      if (!existsSync(target)) await unzip(zip, target);
      return { kind: 'unpacked', sha256 };
    },
    async close() {
      await Promise.all([mappings.close(), queue.stop(), runtime.stop()]);
      await Promise.all([functions, layers, published, aliases].map((table) => table.close()));
    },
  };
}

function isCloudFormation(principal: Principal): boolean {
  return principal.kind === 'service' && principal.service === 'cloudformation.amazonaws.com';
}

/** The function's resource policy, as IAM evaluates it. */
export function registerPermissions(iam: Iam, record: FunctionRecord): void {
  if (record.permissions.length === 0) iam.registry.removeResourcePolicy(record.arn, 'permissions');
  else
    iam.registry.putResourcePolicy(record.arn, 'permissions', { Version: '2012-10-17', Statement: record.permissions });
}

/**
 * The packages of its layers, as AWS mounts them. A layer named after DuckDB holds native code for the deployed architecture,
 * which cannot load here: its packages are this machine's own, from this project's node_modules, and nothing else from there is seen.
 */
async function layerPaths(
  record: FunctionRecord,
  layers: Table<LayerRecord>,
  directoryOf: (code: CodeSource) => Promise<string>,
  folder: string,
): Promise<string[]> {
  const paths: string[] = [];
  for (const arn of record.layerArns) {
    const layer = layers.get(arn);
    if (layer === undefined) throw new AwsError('InvalidRuntimeException', `Layer version ${arn} does not exist.`, 502);
    if (/duckdb/i.test(`${layer.name} ${layer.description}`)) paths.push(ownDuckDb(folder));
    else {
      const directory = await directoryOf(layer.code);
      paths.push(...layerFolders(record.runtime).map((inside) => join(directory, inside)));
    }
  }
  return paths;
}

/** A folder in which `@duckdb/…` is all there is to find. */
function ownDuckDb(folder: string): string {
  const modules = join(folder, 'native', 'node_modules');
  const link = join(modules, '@duckdb');
  if (!existsSync(link)) {
    mkdirSync(modules, { recursive: true });
    symlinkSync(dirname(dirname(require.resolve('@duckdb/node-api/package.json'))), link, 'junction');
  }
  return modules;
}

async function unpackFile(file: string, target: string): Promise<string> {
  if (existsSync(target)) return target;
  const { readFile, rename, rm } = await import('node:fs/promises');
  const partial = `${target}.${process.pid}.part`;
  await unzip(await readFile(file), partial);
  await rename(partial, target).catch(() => rm(partial, { recursive: true, force: true }));
  return target;
}

async function download(cloud: CloudContext, bucket: string | undefined, key: string | undefined): Promise<Buffer> {
  const principal = { kind: 'service', service: 'cloudformation.amazonaws.com' } as const;
  const output = (await cloud.call(principal, 's3', 'GetObject', { Bucket: bucket, Key: key })) as {
    Body: AsyncIterable<Uint8Array>;
  };
  const chunks: Uint8Array[] = [];
  for await (const chunk of output.Body) chunks.push(chunk);
  return Buffer.concat(chunks);
}
