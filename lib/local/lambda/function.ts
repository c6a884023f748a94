/** A function as the runtime needs it: resolved, with its code on this disk. */
import type { Credentials } from '../service';

export interface FunctionSpec {
  readonly name: string;
  readonly arn: string;
  readonly version: string;
  /** a change of this retires the warm processes */
  readonly revision: string;
  readonly runtime: string;
  /** e.g. `index.handler` */
  readonly handler: string;
  readonly roleArn: string;
  readonly memoryMb: number;
  readonly timeoutSeconds: number;
  readonly environment: Readonly<Record<string, string>>;
  readonly codeDirectory: string;
  /** whose packages `require` or `import` find, as a layer's `/opt/nodejs/node_modules` */
  readonly packageFolders: readonly string[];
  readonly logGroup: string;
  readonly logFormat: 'Text' | 'JSON';
  readonly reservedConcurrency?: number;
  /** what the account has for all functions that reserve none */
  readonly unreservedConcurrency: number;
}

export interface EnvironmentVariables {
  readonly spec: FunctionSpec;
  readonly region: string;
  readonly endpoint: string;
  readonly credentials: Credentials;
  readonly logStream: string;
  readonly runtimeApi: string;
  readonly temporaryDirectory: string;
}

/** What AWS sets, then the function's own. Nothing of the developer's environment gets in. */
export function environmentVariables(given: EnvironmentVariables): Record<string, string> {
  const { spec, region, endpoint, credentials } = given;
  return {
    ...spec.environment,
    PATH: process.env.PATH ?? '/usr/local/bin:/usr/bin:/bin',
    // macOS finds its dynamic libraries and Windows its system by these.
    ...pick(process.env, ['DYLD_LIBRARY_PATH', 'LD_LIBRARY_PATH', 'SystemRoot']),
    HOME: given.temporaryDirectory,
    TMPDIR: given.temporaryDirectory,
    TMP: given.temporaryDirectory,
    TEMP: given.temporaryDirectory,
    LANG: 'en_US.UTF-8',
    TZ: spec.environment.TZ ?? ':UTC',
    LAMBDA_TASK_ROOT: spec.codeDirectory,
    LAMBDA_RUNTIME_DIR: __dirname,
    _HANDLER: spec.handler,
    AWS_LAMBDA_RUNTIME_API: given.runtimeApi,
    AWS_LAMBDA_FUNCTION_NAME: spec.name,
    AWS_LAMBDA_FUNCTION_VERSION: spec.version,
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(spec.memoryMb),
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    AWS_LAMBDA_LOG_GROUP_NAME: spec.logGroup,
    AWS_LAMBDA_LOG_STREAM_NAME: given.logStream,
    AWS_LAMBDA_LOG_FORMAT: spec.logFormat,
    AWS_EXECUTION_ENV: `AWS_Lambda_${spec.runtime}`,
    AWS_XRAY_CONTEXT_MISSING: 'LOG_ERROR',
    AWS_XRAY_DAEMON_ADDRESS: '127.0.0.1:2000',
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_SESSION_TOKEN: credentials.sessionToken,
    AWS_ENDPOINT_URL: endpoint,
    // Sample servers in place of services that nobody has a key for.
    ...pick(process.env, ['STEPWELL_ORIGINS']),
    // The developer's own Cassandra in place of Amazon Keyspaces.
    ...pick(process.env, ['STEPWELL_CASSANDRA']),
    // The local Node.js may be older than the function's runtime; the SDK would warn about it in every log.
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
  };
}

function pick(from: NodeJS.ProcessEnv, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.flatMap((name) => (from[name] === undefined ? [] : [[name, from[name]]])));
}
