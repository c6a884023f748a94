import { define, inCassandra } from '../../cassandra/admin';
import type { ResourceHandler } from '../resource';

/** Where the developer has a Cassandra, in it; else nowhere, and sinks of the kind `keyspaces` say that they are off. */
export const cassandraKeyspace: ResourceHandler = {
  holdsData: true,
  // It may be another Cassandra than that of the last start.
  volatile: true,
  async apply({ properties }) {
    const keyspace = String(properties.KeyspaceName);
    await inCassandra((client) =>
      define(
        client,
        `CREATE KEYSPACE IF NOT EXISTS "${keyspace}" WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}`,
      ),
    );
    return { physicalId: keyspace };
  },
  async remove({ resource }) {
    await inCassandra((client) => define(client, `DROP KEYSPACE IF EXISTS "${resource.physicalId}"`));
  },
};
