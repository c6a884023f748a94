/**
 * What the wire knows of a service: the schemas that its SDK client exports. Nothing is written here for each operation.
 * A client package costs up to 0.1 s to load, so it is loaded by the first request that needs it.
 */
import type { StaticErrorSchema, StaticOperationSchema } from '@smithy/types';

/** How a service answers when the request itself does not say. */
export type DefaultProtocol = 'json' | 'query' | 'restJson' | 'restXml';

export interface ServiceModel {
  readonly name: string;
  readonly protocol: DefaultProtocol;
  readonly xmlNamespace?: string;
  operation(name: string): StaticOperationSchema | undefined;
  operations(): readonly StaticOperationSchema[];
  /** By the error's name, or by the code that the query protocol gives it. */
  error(code: string): StaticErrorSchema | undefined;
}

interface Client {
  readonly protocol: DefaultProtocol;
  readonly xmlNamespace?: string;
  load(): Promise<object>;
}

/** Keyed by SigV4 signing name. */
const CLIENTS: Readonly<Record<string, Client>> = {
  cloudformation: {
    protocol: 'query',
    xmlNamespace: 'http://cloudformation.amazonaws.com/doc/2010-05-15/',
    load: () => import('@aws-sdk/client-cloudformation'),
  },
  dynamodb: { protocol: 'json', load: () => import('@aws-sdk/client-dynamodb') },
  'emr-serverless': { protocol: 'restJson', load: () => import('@aws-sdk/client-emr-serverless') },
  events: { protocol: 'json', load: () => import('@aws-sdk/client-eventbridge') },
  glue: { protocol: 'json', load: () => import('@aws-sdk/client-glue') },
  iam: {
    protocol: 'query',
    xmlNamespace: 'https://iam.amazonaws.com/doc/2010-05-08/',
    load: () => import('@aws-sdk/client-iam'),
  },
  kinesis: { protocol: 'json', load: () => import('@aws-sdk/client-kinesis') },
  lambda: { protocol: 'restJson', load: () => import('@aws-sdk/client-lambda') },
  logs: { protocol: 'json', load: () => import('@aws-sdk/client-cloudwatch-logs') },
  monitoring: {
    protocol: 'json',
    xmlNamespace: 'http://monitoring.amazonaws.com/doc/2010-08-01/',
    load: () => import('@aws-sdk/client-cloudwatch'),
  },
  pipes: { protocol: 'restJson', load: () => import('@aws-sdk/client-pipes') },
  'rds-data': { protocol: 'restJson', load: () => import('@aws-sdk/client-rds-data') },
  'redshift-data': { protocol: 'json', load: () => import('@aws-sdk/client-redshift-data') },
  s3: {
    protocol: 'restXml',
    xmlNamespace: 'http://s3.amazonaws.com/doc/2006-03-01/',
    load: () => import('@aws-sdk/client-s3'),
  },
  scheduler: { protocol: 'restJson', load: () => import('@aws-sdk/client-scheduler') },
  secretsmanager: { protocol: 'json', load: () => import('@aws-sdk/client-secrets-manager') },
  sns: {
    protocol: 'query',
    xmlNamespace: 'http://sns.amazonaws.com/doc/2010-03-31/',
    load: () => import('@aws-sdk/client-sns'),
  },
  sqs: { protocol: 'json', load: () => import('@aws-sdk/client-sqs') },
  states: { protocol: 'json', load: () => import('@aws-sdk/client-sfn') },
  sts: {
    protocol: 'query',
    xmlNamespace: 'https://sts.amazonaws.com/doc/2011-06-15/',
    load: () => import('@aws-sdk/client-sts'),
  },
};

const models = new Map<string, Promise<ServiceModel>>();

/** Undefined for a service that no client package describes. */
export function serviceModel(name: string): Promise<ServiceModel> | undefined {
  const client = Object.hasOwn(CLIENTS, name) ? CLIENTS[name] : undefined;
  if (!client) return undefined;
  let model = models.get(name);
  if (!model) {
    model = client.load().then((exports) => buildModel(name, client, exports));
    models.set(name, model);
  }
  return model;
}

/** The protocol that an error about this service is best told in, without loading its client. */
export function defaultProtocol(name: string | undefined): DefaultProtocol {
  return (name !== undefined && Object.hasOwn(CLIENTS, name) && CLIENTS[name]?.protocol) || 'json';
}

const OPERATION_SCHEMA = 9;
const ERROR_SCHEMA = -3;

function buildModel(name: string, client: Client, exports: object): ServiceModel {
  const operations = new Map<string, StaticOperationSchema>();
  const errors = new Map<string, StaticErrorSchema>();
  for (const schema of Object.values(exports)) {
    if (!Array.isArray(schema)) continue;
    if (schema[0] === OPERATION_SCHEMA) operations.set(schema[2], schema as StaticOperationSchema);
    if (schema[0] === ERROR_SCHEMA) errors.set(schema[2], schema as StaticErrorSchema);
  }
  for (const schema of [...errors.values()]) {
    const queryCode = awsQueryError(schema)?.[0];
    if (queryCode && !errors.has(queryCode)) errors.set(queryCode, schema);
  }
  return {
    name,
    protocol: client.protocol,
    xmlNamespace: client.xmlNamespace,
    operation: (operation) => operations.get(operation),
    operations: () => [...operations.values()],
    error: (code) => errors.get(code),
  };
}

/** The code and status that the query protocol gives an error, where they differ from its name. */
export function awsQueryError(schema: StaticErrorSchema | undefined): readonly [string, number] | undefined {
  const traits = schema?.[3];
  return typeof traits === 'object'
    ? (traits as { awsQueryError?: readonly [string, number] }).awsQueryError
    : undefined;
}
