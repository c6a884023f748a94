/** Lambda-backed custom resources, by CloudFormation's protocol: the function is invoked with an event and PUTs its answer to a URL. */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { CustomResourceFailed } from '../errors';
import {
  type Host,
  number,
  type Properties,
  type RecordedResource,
  type ResourceHandler,
  record,
  text,
} from '../resource';

const PREFIX = '/_stepwell/cloudformation/';
const DEFAULT_TIMEOUT_SECONDS = 3600;
/** A function that has returned without an answer may still be sending it. */
const ANSWER_GRACE_MS = 2_000;

interface Answer {
  readonly Status?: string;
  readonly Reason?: string;
  readonly PhysicalResourceId?: string;
  readonly Data?: Properties;
}

export const customResource: ResourceHandler = {
  async apply(request) {
    const { previous, properties, host, stack, logicalId, type } = request;
    const answer = await send(host, properties, {
      RequestType: previous === undefined ? 'Create' : 'Update',
      StackId: stack.id,
      LogicalResourceId: logicalId,
      ResourceType: type,
      ResourceProperties: asTexts(properties),
      ...(previous === undefined
        ? {}
        : { PhysicalResourceId: previous.physicalId, OldResourceProperties: asTexts(previous.properties) }),
    });
    const physicalId = answer.PhysicalResourceId ?? previous?.physicalId ?? `${stack.name}-${logicalId}`;
    return { physicalId, attributes: answer.Data ?? {} };
  },
  async remove({ resource, host, stack, logicalId }) {
    if (!(await functionExists(resource, host))) return;
    await send(host, resource.properties, {
      RequestType: 'Delete',
      StackId: stack.id,
      LogicalResourceId: logicalId,
      ResourceType: resource.type,
      PhysicalResourceId: resource.physicalId,
      ResourceProperties: asTexts(resource.properties),
    });
  },
};

/** The latest invocation of each function. */
const turns = new WeakMap<Host, Map<string, Promise<unknown>>>();

/** Those of one function follow one another: its warm process is there sooner than as many new ones beside each other. */
function send(host: Host, properties: Properties, event: Properties): Promise<Answer> {
  const token = text(properties.ServiceToken);
  if (token === undefined) throw new CustomResourceFailed('ServiceToken is missing');
  if (!token.startsWith('arn:aws:lambda:'))
    throw new CustomResourceFailed(`ServiceToken ${token}: only functions are supported here`);
  const ofHost = turns.get(host) ?? new Map<string, Promise<unknown>>();
  turns.set(host, ofHost);
  const sending = Promise.resolve(ofHost.get(token)).then(() => sendNow(host, token, properties, event));
  const hasReturned = sending.then(({ returned }) => returned).catch(() => undefined);
  ofHost.set(token, hasReturned);
  return sending.then(({ answer }) => answer);
}

interface Sent {
  readonly answer: Answer;
  /** the function answers before it returns */
  readonly returned: Promise<unknown>;
}

async function sendNow(host: Host, token: string, properties: Properties, event: Properties): Promise<Sent> {
  const path = `${PREFIX}${randomUUID()}`;
  const seconds = number(properties.ServiceTimeout) ?? DEFAULT_TIMEOUT_SECONDS;
  const answered = new Promise<Answer>((resolve) =>
    host.hooks.set(path, (request, response) => receive(request, response, resolve)),
  );
  try {
    const returned = call(host, token, path, event);
    const answer = await Promise.race([answered, outcomeOf(returned, answered), afterSeconds(seconds, host)]);
    if (answer.Status !== 'SUCCESS')
      throw new CustomResourceFailed(
        `${event.RequestType} by ${token.split(':').at(-1)}: ${answer.Reason || 'the function answered FAILED without a reason'}`,
      );
    return { answer, returned };
  } finally {
    host.hooks.delete(path);
  }
}

interface Invoked {
  readonly FunctionError?: string;
  readonly Payload: Uint8Array;
}

function call(host: Host, token: string, path: string, event: Properties): Promise<Invoked> {
  const payload = {
    ...event,
    RequestId: randomUUID(),
    ResponseURL: `${host.cloud.endpoint}${path}`,
    ServiceToken: token,
  };
  return host.call<Invoked>('lambda', 'Invoke', {
    FunctionName: token,
    Payload: Buffer.from(JSON.stringify(payload)),
  });
}

/** Of a function that has returned without an answer. */
async function outcomeOf(returned: Promise<Invoked>, answered: Promise<Answer>): Promise<Answer> {
  const { FunctionError, Payload } = await returned;
  if (FunctionError !== undefined) {
    const { errorType, errorMessage } = record(JSON.parse(Buffer.from(Payload).toString('utf8')));
    return { Status: 'FAILED', Reason: `${errorType}: ${errorMessage}` };
  }
  const late = new Promise<Answer>((resolve) => {
    setTimeout(
      () => resolve({ Status: 'FAILED', Reason: 'the function returned without a PUT to ResponseURL' }),
      ANSWER_GRACE_MS,
    ).unref();
  });
  return Promise.race([answered, late]);
}

async function afterSeconds(seconds: number, { cloud }: Host): Promise<Answer> {
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000).unref());
  cloud.log(`custom resource: no answer within ${seconds} s`);
  return { Status: 'FAILED', Reason: `no answer within ${seconds} s` };
}

async function receive(
  request: IncomingMessage,
  response: ServerResponse,
  resolve: (answer: Answer) => void,
): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  try {
    resolve(JSON.parse(Buffer.concat(chunks).toString('utf8')) as Answer);
    response.writeHead(200).end();
  } catch (error) {
    response.writeHead(400).end((error as Error).message);
  }
}

async function functionExists({ properties }: RecordedResource, host: Host): Promise<boolean> {
  try {
    await host.call('lambda', 'GetFunctionConfiguration', { FunctionName: properties.ServiceToken });
    return true;
  } catch {
    return false;
  }
}

/** CloudFormation hands numbers and booleans over as text. */
function asTexts(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(asTexts);
  if (value !== null && typeof value === 'object')
    return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, asTexts(member)]));
  return value === null || value === undefined ? value : String(value);
}
