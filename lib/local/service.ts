/**
 * What every emulated AWS service is made of: operations, each in a file of its own, named as AWS names it.
 * The wire (one HTTP server for all protocols), the IAM evaluation and the calls between services all go through these types,
 * so an operation never knows whether a Lambda bundle, the AWS CLI or another service called it.
 */
import type { PolicyDocument } from './iam/policy';

/** Who makes a call. The user's own calls (any unknown access key) are an administrator's; a function calls as its role. */
export type Principal =
  | { readonly kind: 'admin' }
  | {
      readonly kind: 'role';
      readonly roleArn: string;
      readonly sessionName: string;
      /** what AssumeRole was given beside the role */
      readonly session?: RoleSession;
    }
  /** nobody has signed the request: only resource policies that name everybody speak for it */
  | { readonly kind: 'anonymous' }
  /** e.g. `events.amazonaws.com` delivering for the rule `sourceArn`: resource policies decide, by `aws:SourceArn`. */
  | { readonly kind: 'service'; readonly service: string; readonly sourceArn?: string };

export interface RoleSession {
  /** They limit what the role's own policies allow. */
  readonly policies?: readonly PolicyDocument[];
  readonly tags?: Readonly<Record<string, string>>;
  /** go along when the session assumes another role */
  readonly transitiveTagKeys?: readonly string[];
  readonly sourceIdentity?: string;
}

/** One thing to ask of IAM before an operation runs: all must be allowed. */
export interface AccessRequest {
  /** e.g. `s3:GetObject` */
  readonly action: string;
  /** the resource's ARN, or `*` where the action has no resource */
  readonly resource: string;
  /** condition keys, e.g. `{ 'kms:ViaService': 's3.us-east-1.amazonaws.com' }` */
  readonly context?: Readonly<Record<string, string | readonly string[]>>;
}

/** The call that asks: its members are condition keys (`aws:RequestTag/…`, `s3:x-amz-acl`). */
export interface ApiCall {
  /** signing name */
  readonly service: string;
  readonly input: unknown;
  /** what `aws:ResourceTag/…` asks for */
  readonly tagsOf?: Service['tagsOf'];
}

export interface CallContext {
  readonly cloud: CloudContext;
  readonly principal: Principal;
  readonly requestId: string;
}

/** What services share. One object for each running cloud; services reach each other only through `call`. */
export interface CloudContext {
  readonly account: string;
  readonly region: string;
  /** folder that survives a restart, e.g. `.stepwell` */
  readonly stateDir: string;
  /** `http://127.0.0.1:4510`; known once the server listens */
  readonly endpoint: string;
  readonly clock: Clock;
  /** Runs another service's operation in process: same authorisation, same code, no wire. Rejects with `AwsError`. */
  call(principal: Principal, service: string, operation: string, input: unknown): Promise<unknown>;
  /** Short-lived credentials that the wire maps back to this role. */
  credentialsFor(roleArn: string, sessionName: string, session?: IssuedSession): Credentials;
  log(line: string): void;
}

export interface IssuedSession extends RoleSession {
  /** milliseconds since 1970; never, unless told */
  readonly expiresAt?: number;
}

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
}

export interface Clock {
  now(): number;
  /** Resolves after `ms`; rejects with the signal's reason when aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

// biome-ignore lint/suspicious/noExplicitAny: inputs and outputs are typed by each operation's own SDK command types
export interface Operation<I = any, O = any> {
  /** Empty list: no authorisation needed (e.g. sts:GetCallerIdentity). */
  authorize(input: I, context: CallContext): readonly AccessRequest[];
  handle(input: I, context: CallContext): Promise<O>;
}

export interface Service {
  /** The SigV4 signing name: `s3`, `states`, `dynamodb`, `lambda`, `events`, `sns`, `sqs`, `rds-data`, `redshift-data`, `secretsmanager`, `monitoring`, `logs`, `glue`, `scheduler`, `sts`. */
  readonly name: string;
  /** Keyed by AWS's operation name, e.g. `PutObject`. */
  readonly operations: Readonly<Record<string, Operation>>;
  /** The tags of one of its resources, where IAM lets policies ask for them; undefined for what it does not have. */
  tagsOf?(resourceArn: string): Readonly<Record<string, string>> | undefined;
  /**
   * Answers a request of JSON itself, after the operation's `authorize`: for a service that brings its own protocol.
   * `operations` still says what it has.
   */
  raw?(request: RawRequest, context: CallContext): Promise<RawResponse>;
  start?(cloud: CloudContext): Promise<void>;
  /** Called once every resource of the assembly exists: what a restart interrupted goes on from here. */
  ready?(): Promise<void>;
  /** Ends what the service started; state stays on disk. */
  stop?(): Promise<void>;
}

export interface RawRequest {
  readonly headers: Readonly<Record<string, string>>;
  /** the JSON of its body; the service's own from here on */
  readonly input: object;
  /** of the body */
  readonly bytes: number;
}

export interface RawResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array | string;
}

/** An error that goes over the wire with AWS's code, e.g. `new AwsError('ResourceNotFoundException', 'Function not found: …', 404)`. */
export class AwsError extends Error {
  constructor(
    readonly code: string,
    message: string,
    readonly status: number = 400,
    /** further members of the error shape, e.g. `{ Reason: '…' }` */
    readonly fields: Readonly<Record<string, unknown>> = {},
  ) {
    super(message);
    this.name = code;
  }
}

export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: (ms, signal) =>
    new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const timer = setTimeout(() => {
        signal?.removeEventListener('abort', onAbort);
        resolve();
      }, ms);
      const onAbort = () => {
        clearTimeout(timer);
        reject(signal?.reason);
      };
      signal?.addEventListener('abort', onAbort, { once: true });
    }),
};
