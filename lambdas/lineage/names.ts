/** What datasets are called, by OpenLineage's naming (https://openlineage.io/docs/spec/naming): lineage of other tools meets it there. */
import { createHash } from 'node:crypto';
import type { LineagePlace, LineageTarget } from '../../lib/tasks/lineage';
import type { DatasetName } from './run-event';

/** Where the pipeline's tables and files are. What it does not use is absent. */
export interface Surroundings {
  readonly region: string;
  readonly account: string;
  readonly landingBucket: string;
  readonly lakeBucket?: string | undefined;
  readonly redshift?: { readonly workgroup: string; readonly database: string } | undefined;
  /** `endpoint`: host and port */
  readonly aurora?: { readonly endpoint: string; readonly database: string } | undefined;
}

export interface NamedDataset extends DatasetName {
  readonly type: 'TABLE' | 'FILE' | 'QUERY' | 'API';
  /** how others call it */
  readonly symlinks?: readonly DatasetName[];
}

/** Of a workgroup; a port of one's own is of no use behind the Data API. */
const REDSHIFT_PORT = 5439;

export function targetName(target: LineageTarget, { region, account, ...at }: Surroundings): NamedDataset {
  switch (target.kind) {
    case 'redshift': {
      const { workgroup, database } = at.redshift!;
      return {
        namespace: `redshift://${workgroup}.${region}:${REDSHIFT_PORT}`,
        name: `${database}.${target.schema}.${target.table}`,
        type: 'TABLE',
      };
    }
    case 'postgres': {
      const { endpoint, database } = at.aurora!;
      return {
        namespace: `postgres://${endpoint}`,
        name: `${database}.${target.schema}.${target.table}`,
        type: 'TABLE',
      };
    }
    case 'lake': {
      const { database, table } = target;
      return {
        namespace: `s3://${at.lakeBucket}`,
        name: `${database}/${table}`,
        type: 'TABLE',
        symlinks: [{ namespace: `arn:aws:glue:${region}:${account}`, name: `table/${database}/${table}` }],
      };
    }
    case 'dynamoTable':
      return dynamoName(target.table, { region, account });
    case 'keyspaces':
      // As the naming has it for Cassandra.
      return {
        namespace: `cassandra://cassandra.${region}.amazonaws.com:9142`,
        name: `${target.keyspace}.${target.table}`,
        type: 'TABLE',
      };
  }
}

/** The naming has none for DynamoDB: as it has them for Glue. */
const dynamoName = (table: string, { region, account }: Pick<Surroundings, 'region' | 'account'>): NamedDataset => ({
  namespace: `arn:aws:dynamodb:${region}:${account}`,
  name: `table/${table}`,
  type: 'TABLE',
});

export interface PlaceOf {
  readonly pipeline: string;
  readonly source: string;
  /** of the jobs */
  readonly namespace: string;
  /** of a database: where this run has read, `mysql://shop.example.com:3306/shop` */
  readonly origin?: string | undefined;
}

/** Undefined where only a run that has read it knows, and this one has not. */
export function placeName(place: LineagePlace, of: PlaceOf, at: Surroundings): NamedDataset | undefined {
  switch (place.kind) {
    case 'landing':
      return { namespace: `s3://${at.landingBucket}`, name: place.prefix === '' ? '/' : place.prefix, type: 'FILE' };
    case 'http': {
      const [, origin = place.url, path = ''] = /^(https?:\/\/[^/?#]+)([^?#]*)/.exec(place.url) ?? [];
      return { namespace: origin, name: path.replace(/^\/+/, '') || '/', type: 'API' };
    }
    case 'database': {
      const [, namespace, database] = /^(\w+:\/\/[^/]+)\/(.+)$/.exec(of.origin ?? '') ?? [];
      if (namespace === undefined) return undefined;
      return place.table === undefined
        ? { namespace, name: `${database}.query:${of.source}`, type: 'QUERY' }
        : { namespace, name: tableIn(namespace, database!, place.table), type: 'TABLE' };
    }
    case 'dynamoDb':
      return dynamoName(place.table, at);
    case 'custom':
      return { namespace: of.namespace, name: `${of.pipeline}.${of.source}`, type: 'API' };
    case 'published': {
      const [first, ...others] = place.targets.map((target) => targetName(target, at));
      if (first === undefined) return undefined;
      const symlinks = [...(first.symlinks ?? []), ...others.flatMap((one) => [one, ...(one.symlinks ?? [])])];
      return {
        ...first,
        ...(symlinks.length === 0 ? {} : { symlinks: symlinks.map(({ namespace, name }) => ({ namespace, name })) }),
      };
    }
  }
}

/** PostgreSQL has schemas between database and table, MySQL has databases alone. */
function tableIn(namespace: string, database: string, table: string): string {
  const isQualified = table.includes('.');
  if (namespace.startsWith('mysql:')) return isQualified ? table : `${database}.${table}`;
  return `${database}.${isQualified ? table : `public.${table}`}`;
}

/** Of Stepwell's runs; any would do, and it must stay. */
const NAMESPACE = Buffer.from('6f1c2f0e5b7a4f0e9b4c2f3a7d1e8c55', 'hex');

/** A UUID of version 5: the same for the same name, whoever asks and how often. */
export function uuidOf(name: string): string {
  const bytes = createHash('sha1').update(NAMESPACE).update(name).digest().subarray(0, 16);
  bytes[6] = (bytes[6]! & 0x0f) | 0x50;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
