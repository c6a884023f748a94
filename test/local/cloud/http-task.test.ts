/** HTTP Tasks: by a connection of a template, as the state machine's role, to a server of this test. */
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DescribeConnectionCommand, EventBridgeClient } from '@aws-sdk/client-eventbridge';
import {
  CreateStateMachineCommand,
  SFNClient,
  StartSyncExecutionCommand,
  type StartSyncExecutionCommandOutput,
  TestStateCommand,
} from '@aws-sdk/client-sfn';
import { type Cloud, startCloud } from '../../../lib/local/cloud';
import { createWorkspace, role, type Workspace } from './assembly';

const ROLE_ARN = (name: string) => `arn:aws:iam::000000000000:role/${name}`;
const ANY = (...Action: string[]) => ({ Effect: 'Allow', Action, Resource: '*' });
const CONNECT = ANY(
  'events:RetrieveConnectionCredentials',
  'secretsmanager:DescribeSecret',
  'secretsmanager:GetSecretValue',
);

let workspace: Workspace;
let cloud: Cloud;
let states: SFNClient;
let events: EventBridgeClient;
let api: Server;
let endpoint: string;
let tokens = 0;
let machines = 0;

beforeAll(async () => {
  api = createServer(async (request, response) => {
    const body = await textOf(request);
    const { url = '', method, headers } = request;
    const { host: _, connection: __, ...told } = headers;
    if (url === '/token') return response.end(JSON.stringify({ access_token: `token-${++tokens}`, asked: body }));
    if (url.startsWith('/image')) return response.setHeader('content-type', 'image/png').end('x');
    if (url === '/stale' && headers.authorization === 'Bearer token-1') return response.writeHead(401).end();
    const status = Number(/^\/status\/(\d+)/.exec(url)?.[1] ?? 200);
    response.writeHead(status, { 'content-type': 'application/json' });
    return response.end(JSON.stringify({ url, method, headers: told, body }));
  });
  await new Promise<void>((resolve) => api.listen(0, '127.0.0.1', resolve));
  endpoint = `http://127.0.0.1:${(api.address() as AddressInfo).port}`;

  workspace = createWorkspace();
  const connection = (Name: string, AuthorizationType: string, AuthParameters: object) => ({
    Type: 'AWS::Events::Connection',
    Properties: { Name, AuthorizationType, AuthParameters },
  });
  const named = (RoleName: string, ...statements: object[]) => {
    const made = role('states.amazonaws.com', ...statements) as { Properties: object };
    return { ...made, Properties: { ...made.Properties, RoleName } };
  };
  const Resources = {
    Basic: connection('basic', 'BASIC', {
      BasicAuthParameters: { Username: 'me', Password: 'secret' },
      InvocationHttpParameters: {
        HeaderParameters: [{ Key: 'x-of', Value: 'connection' }],
        QueryStringParameters: [{ Key: 'of', Value: 'connection' }],
        BodyParameters: [{ Key: 'of', Value: 'connection' }],
      },
    }),
    Key: connection('key', 'API_KEY', { ApiKeyAuthParameters: { ApiKeyName: 'x-key', ApiKeyValue: 'k' } }),
    OAuth: connection('oauth', 'OAUTH_CLIENT_CREDENTIALS', {
      OAuthParameters: {
        ClientParameters: { ClientID: 'id', ClientSecret: 'secret' },
        AuthorizationEndpoint: `${endpoint}/token`,
        HttpMethod: 'POST',
      },
    }),
    All: named('all', CONNECT, {
      ...ANY('states:InvokeHTTPEndpoint'),
      Condition: {
        StringEquals: { 'states:HTTPMethod': ['GET', 'POST'] },
        StringLike: { 'states:HTTPEndpoint': `${endpoint}/*` },
      },
    }),
    NoSecret: named('no-secret', ANY('states:InvokeHTTPEndpoint', 'events:RetrieveConnectionCredentials')),
  };
  workspace.write({ Http: { Resources } });
  cloud = await startCloud({ assembly: workspace.assembly, stateDir: workspace.stateDir, port: 0 });
  const config = {
    endpoint: cloud.endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'AKIAUSER', secretAccessKey: 'x' },
  };
  states = new SFNClient({ ...config, disableHostPrefix: true });
  events = new EventBridgeClient(config);
});

afterAll(async () => {
  states?.destroy();
  events?.destroy();
  await cloud?.stop();
  workspace?.remove();
  await new Promise((resolve) => api.close(resolve));
});

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

async function connectionArn(Name: string): Promise<string> {
  return (await events.send(new DescribeConnectionCommand({ Name }))).ConnectionArn!;
}

async function taskOf(path: string, connection: string, more: object = {}) {
  const ConnectionArn = await connectionArn(connection);
  const Arguments = { ApiEndpoint: `${endpoint}${path}`, Method: 'GET', InvocationConfig: { ConnectionArn }, ...more };
  return { Type: 'Task', QueryLanguage: 'JSONata', Resource: 'arn:aws:states:::http:invoke', Arguments, End: true };
}

async function invoke(
  path: string,
  { by = 'basic', as = 'all', ...more }: { by?: string; as?: string; [field: string]: unknown } = {},
): Promise<StartSyncExecutionCommandOutput & { result?: Record<string, unknown> }> {
  const definition = JSON.stringify({ StartAt: 'Call', States: { Call: await taskOf(path, by, more) } });
  const name = `http-${machines++}`;
  const { stateMachineArn } = await states.send(
    new CreateStateMachineCommand({ name, definition, roleArn: ROLE_ARN(as), type: 'EXPRESS' }),
  );
  const ended = await states.send(new StartSyncExecutionCommand({ stateMachineArn }));
  return { ...ended, ...(ended.output && { result: JSON.parse(ended.output) }) };
}

test('what the connection says is added to the request, and wins', async () => {
  const { result } = await invoke('/a', {
    Method: 'POST',
    Headers: { 'X-Of': 'task', 'x-own': ['1', '2'] },
    QueryParameters: { of: 'task', text: 'ä b' },
    RequestBody: { of: 'task', own: true },
  });

  expect(result).toEqual({
    Headers: expect.objectContaining({ 'content-type': ['application/json'] }),
    ResponseBody: {
      url: '/a?text=%C3%A4%20b&of=connection',
      method: 'POST',
      headers: {
        authorization: `Basic ${Buffer.from('me:secret').toString('base64')}`,
        'content-length': '30',
        'content-type': 'application/json; charset=UTF-8',
        range: 'bytes=0-262144',
        'user-agent': 'Amazon|StepFunctions|HttpInvoke|us-east-1',
        'x-of': 'connection',
        'x-own': '1,2',
      },
      body: '{"of":"connection","own":true}',
    },
    StatusCode: 200,
    StatusText: 'OK',
  });
});

test.each([
  ['INDICES', 'list%5B0%5D=a&list%5B1%5D=b&in%5Bof%5D=x%20y'],
  ['REPEAT', 'list=a&list=b&in%5Bof%5D=x%20y'],
  ['COMMAS', 'list=a,b&in%5Bof%5D=x%20y'],
  ['BRACKETS', 'list%5B%5D=a&list%5B%5D=b&in%5Bof%5D=x%20y'],
])('a body is a form, lists as %s', async (ArrayFormat, body) => {
  const { result } = await invoke('/form', {
    by: 'key',
    Method: 'POST',
    Headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
    RequestBody: { list: ['a', 'b'], in: { of: 'x y' } },
    Transform: { RequestBodyEncoding: 'URL_ENCODED', RequestEncodingOptions: { ArrayFormat } },
  });

  expect(result?.ResponseBody).toMatchObject({ body, headers: { 'x-key': 'k' } });
});

test('a token that the API no longer takes is asked for anew', async () => {
  for (;;) {
    const { ConnectionState } = await events.send(new DescribeConnectionCommand({ Name: 'oauth' }));
    if (ConnectionState === 'AUTHORIZED') break;
  }

  const { result } = await invoke('/stale', { by: 'oauth' });

  expect(result?.ResponseBody).toMatchObject({ headers: { authorization: 'Bearer token-2' } });
});

test.each([
  ['a status that is no success', '/status/404', {}, 'States.Http.StatusCode.404', '"url":"/status/404'],
  ['a redirect', '/status/302', {}, 'States.Http.StatusCode.302', '"url":"/status/302'],
  ['a picture', '/image', {}, 'States.Runtime', "'image/png'"],
  ['a header that is not the task’s to set', '/a', { Headers: { Host: 'x' } }, 'States.Runtime', "'Host'"],
  ['a text to merge into', '/a', { RequestBody: 'text' }, 'States.Runtime', 'cannot be merged'],
  ['plain HTTP to elsewhere', '/a', { ApiEndpoint: 'http://example.com' }, 'States.Runtime', 'not an HTTPS URL'],
  [
    'an endpoint that the role may not call',
    '/a',
    { ApiEndpoint: 'http://127.0.0.1:1/' },
    'States.Permissions',
    'states:InvokeHTTPEndpoint',
  ],
  ['nobody there', '/a', { ApiEndpoint: 'http://127.0.0.1:1/', as: 'nobody' }, 'States.Http.Socket', 'ECONNREFUSED'],
  ['a method that the role may not use', '/a', { Method: 'PUT' }, 'States.Permissions', 'not authorized to perform'],
  [
    'a secret that the role may not read',
    '/a',
    { as: 'no-secret' },
    'Events.ConnectionResource.AccessDenied',
    'DescribeSecret',
  ],
])('%s fails the task', async (_, path, more, error, cause) => {
  expect(await invoke(path, more)).toMatchObject({ status: 'FAILED', error, cause: expect.stringContaining(cause) });
});

test('a test of the state shows the request, its secrets where they are asked for', async () => {
  const definition = JSON.stringify(await taskOf('/a', 'basic', { Headers: { own: '1' } }));
  const inspect = async (revealSecrets: boolean) => {
    const answer = await states.send(
      new TestStateCommand({ definition, roleArn: ROLE_ARN('all'), inspectionLevel: 'TRACE', revealSecrets }),
    );
    return answer.inspectionData;
  };

  expect(await inspect(true)).toMatchObject({
    request: {
      protocol: 'http',
      method: 'GET',
      url: `${endpoint}/a?of=connection`,
      headers: expect.stringMatching(/^\[own: 1, Authorization: Basic .*, x-of: connection, User-Agent: .*\]$/),
      body: '{"of":"connection"}',
    },
    response: {
      protocol: 'http',
      statusCode: '200',
      statusMessage: 'OK',
      body: expect.stringContaining('"method":"GET"'),
    },
  });
  expect((await inspect(false))?.request).toEqual({
    protocol: 'http',
    method: 'GET',
    url: `${endpoint}/a`,
    headers: '[own: 1, User-Agent: Amazon|StepFunctions|HttpInvoke|us-east-1, Range: bytes=0-262144]',
  });
});
