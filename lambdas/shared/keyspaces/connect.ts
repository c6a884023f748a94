/** The one connection of a function to Amazon Keyspaces, or in the local cloud to the Cassandra that the developer has. */
import { auth, Client, policies, types } from 'cassandra-driver';
import { environment } from '../environment';
import { isOff } from './off';
import { sigV4Auth } from './sigv4';

export type { Client };

export interface CassandraAddress {
  readonly host: string;
  readonly port: number;
  readonly login?: { readonly username: string; readonly password: string };
}

/** Written as `localhost:9042`, or with a login: `cassandra:secret@localhost:9042`. */
export function cassandraAddress(written: string): CassandraAddress {
  const { hostname: host, port, username, password } = new URL(`cassandra://${written}`);
  return {
    host,
    port: port === '' ? 9042 : Number(port),
    ...(username === ''
      ? {}
      : { login: { username: decodeURIComponent(username), password: decodeURIComponent(password) } }),
  };
}

/** Undefined where there is none: only in a local cloud. */
export function keyspacesClient(env: NodeJS.ProcessEnv = process.env): Client | undefined {
  if (isOff(env)) return undefined;
  const { STEPWELL_CASSANDRA: own } = env;
  return own ? clientOf(cassandraAddress(own)) : inRegion(environment('AWS_REGION'));
}

const connected = new Map<string, Client>();

/** For a function's life: connections are kept between invocations. */
export function sharedClient(): Client | undefined {
  const key = process.env.STEPWELL_CASSANDRA ?? '';
  const known = connected.get(key);
  if (known) return known;
  const client = keyspacesClient();
  if (client) connected.set(key, client);
  return client;
}

/** Lambda keeps the role's credentials in the environment. Node trusts the certificate authorities of Amazon. */
function inRegion(region: string): Client {
  const host = `cassandra.${region}.amazonaws.com`;
  return new Client({
    ...COMMON,
    contactPoints: [`${host}:9142`],
    protocolOptions: { port: 9142 },
    sslOptions: { servername: host, host, rejectUnauthorized: true },
    authProvider: sigV4Auth({
      region,
      credentials: () => ({
        accessKeyId: environment('AWS_ACCESS_KEY_ID'),
        secretAccessKey: environment('AWS_SECRET_ACCESS_KEY'),
        sessionToken: process.env.AWS_SESSION_TOKEN,
      }),
    }),
  });
}

export function clientOf({ host, port, login }: CassandraAddress): Client {
  return new Client({
    ...COMMON,
    contactPoints: [`${host}:${port}`],
    protocolOptions: { port },
    ...(login ? { authProvider: new auth.PlainTextAuthProvider(login.username, login.password) } : {}),
  });
}

const COMMON = {
  // Every node that answers is in the region.
  policies: { loadBalancing: new policies.loadBalancing.RoundRobinPolicy() },
  // The only consistency that Keyspaces writes with. Every statement here can be repeated.
  queryOptions: { consistency: types.consistencies.localQuorum, prepare: true, isIdempotent: true },
  // A node of Keyspaces takes 3,000 requests a second on each connection.
  pooling: { coreConnectionsPerHost: { [types.distance.local]: 2 } },
  socketOptions: { connectTimeout: 5_000, readTimeout: 12_000 },
  isMetadataSyncEnabled: false,
  monitorReporting: { enabled: false },
};
