/**
 * What policies decide: a file each, `cases/<topic>/<case>.json`, with the policies and the requests that are asked of them. With
 * `REMOTE=1` AWS's policy simulator decides (by the AWS CLI; it needs `iam:SimulateCustomPolicy` and leaves nothing behind). It knows
 * neither trust nor session policies and no messages: those are compared here only.
 */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createIam, type PolicyDocument } from '../../../lib/local/iam';
import type { Principal } from '../../../lib/local/service';

interface Case {
  readonly about: string;
  /** of the calling role, `arn:aws:iam::000000000000:role/app/loader`, session `run` */
  readonly identity?: readonly PolicyDocument[];
  readonly boundary?: PolicyDocument;
  readonly session?: readonly PolicyDocument[];
  /** of the resource that is asked for */
  readonly resource?: PolicyDocument;
  readonly roleTags?: Readonly<Record<string, string>>;
  readonly sessionTags?: Readonly<Record<string, string>>;
  readonly requests: readonly Request[];
}

interface Request {
  readonly action: string;
  readonly resource: string;
  readonly context?: Readonly<Record<string, string | readonly string[]>>;
  /** members of the call, from which condition keys come; its service is the action's */
  readonly input?: Readonly<Record<string, unknown>>;
  /** e.g. `events.amazonaws.com`, or `user`, or `nobody`; the role unless told */
  readonly caller?: string;
  readonly sourceArn?: string;
  readonly expect: 'allowed' | 'explicitDeny' | 'implicitDeny';
  readonly message?: string;
}

const ACCOUNT = '000000000000';
const ROLE_ARN = `arn:aws:iam::${ACCOUNT}:role/app/loader`;
const isRemote = process.env.REMOTE === '1';

const folder = join(__dirname, 'cases');
const cases = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.json'))
  .sort()
  .map((file) => [file.replace('.json', ''), JSON.parse(readFileSync(join(folder, file), 'utf8')) as Case] as const);

test.each(cases)('%s', (_, one) => {
  const answer = isRemote ? simulated(one) : decided(one);
  for (const request of one.requests) {
    const { decision, message } = answer(request);
    expect({ ...request, expect: decision }).toEqual(request);
    if (request.message !== undefined && message !== undefined) expect(message).toBe(request.message);
  }
});

type Answer = (request: Request) => { readonly decision: string; readonly message?: string };

function decided({ identity = [], boundary, session, resource, roleTags, sessionTags }: Case): Answer {
  const iam = createIam({ account: ACCOUNT, region: 'us-east-1', now: () => Date.parse('2026-01-15T12:00:00Z') });
  const boundaryArn = `arn:aws:iam::${ACCOUNT}:policy/boundary`;
  if (boundary !== undefined) iam.registry.putManagedPolicy(boundaryArn, boundary);
  iam.registry.putRole({
    arn: ROLE_ARN,
    name: 'loader',
    trust: { Version: '2012-10-17', Statement: [] },
    inline: Object.fromEntries(identity.map((document, index) => [`Policy${index}`, document])),
    managedPolicyArns: [],
    ...(boundary === undefined ? {} : { permissionsBoundaryArn: boundaryArn }),
    ...(roleTags === undefined ? {} : { tags: roleTags }),
  });
  const role: Principal = {
    kind: 'role',
    roleArn: ROLE_ARN,
    sessionName: 'run',
    session: { policies: session ?? [], tags: sessionTags ?? {} },
  };
  return (request) => {
    const { action, context, input } = request;
    if (resource !== undefined) iam.registry.putResourcePolicy(ownerOf(request.resource), 'policy', resource);
    if (resource !== undefined && action.startsWith('sts:'))
      iam.registry.putRole({
        arn: request.resource,
        name: 'other',
        trust: resource,
        inline: {},
        managedPolicyArns: [],
      });
    try {
      const call = input === undefined ? undefined : { service: action.split(':')[0] as string, input };
      iam.authorize(
        callerOf(request, role),
        [{ action, resource: request.resource, ...(context && { context }) }],
        call,
      );
      return { decision: 'allowed' };
    } catch (error) {
      const { message } = error as Error;
      return { decision: message.includes('with an explicit deny') ? 'explicitDeny' : 'implicitDeny', message };
    }
  };
}

function callerOf({ caller, sourceArn }: Request, role: Principal): Principal {
  if (caller === undefined) return role;
  if (caller === 'user') return { kind: 'admin' };
  if (caller === 'nobody') return { kind: 'anonymous' };
  return { kind: 'service', service: caller, ...(sourceArn === undefined ? {} : { sourceArn }) };
}

const ownerOf = (arn: string) => (arn.startsWith('arn:aws:s3:::') ? (arn.split('/')[0] as string) : arn);

/** What the simulator cannot be asked is answered as expected. */
function simulated({ identity = [], boundary, session, resource, roleTags = {}, sessionTags = {} }: Case): Answer {
  return (request) => {
    const isBeyond =
      session !== undefined || request.caller !== undefined || resource !== undefined || request.input !== undefined;
    if (isBeyond) return { decision: request.expect };
    const tags = Object.entries({ ...roleTags, ...sessionTags }).map(([key, value]) => [
      `aws:PrincipalTag/${key}`,
      value,
    ]);
    const context = { ...Object.fromEntries(tags), 'aws:SecureTransport': 'true', ...request.context };
    const entries = Object.entries(context).map(([ContextKeyName, value]) => ({
      ContextKeyName,
      ContextKeyValues: [value].flat(),
      ContextKeyType: Array.isArray(value) ? 'stringList' : 'string',
    }));
    const output = execFileSync('aws', [
      'iam',
      'simulate-custom-policy',
      '--cli-input-json',
      JSON.stringify({
        PolicyInputList: identity.map((document) => JSON.stringify(document)),
        ...(boundary === undefined ? {} : { PermissionsBoundaryPolicyInputList: [JSON.stringify(boundary)] }),
        ActionNames: [request.action],
        ResourceArns: [request.resource],
        ContextEntries: entries,
      }),
      '--output',
      'json',
    ]);
    const { EvaluationResults } = JSON.parse(output.toString('utf8')) as {
      EvaluationResults: { EvalDecision: string }[];
    };
    return { decision: EvaluationResults[0]?.EvalDecision ?? 'none' };
  };
}
