import { CfnKeyspace, CfnTable } from 'aws-cdk-lib/aws-cassandra';
import { RemovalPolicy } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import type { CqlColumn, KeyspacesTable } from '../compiler/types';
import { protection } from './protection';

const column = ({ name, type }: CqlColumn): CfnTable.ColumnProperty => ({ columnName: name, columnType: type });

/** The keyspaces and tables that the pipeline publishes rows into. Their names are the user's: whoever reads them knows them. */
export class KeyspacesTables extends Construct {
  constructor(scope: Construct, id: string, { tables }: { readonly tables: readonly KeyspacesTable[] }) {
    super(scope, id);
    // Names are taken while they are there: a first deploy that fails must be able to take them away.
    const removalPolicy = protection(this).deletionProtection
      ? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE
      : RemovalPolicy.DESTROY;
    const keyspaces = new Map(
      [...new Set(tables.map(({ keyspace }) => keyspace))].map((keyspaceName) => [
        keyspaceName,
        new CfnKeyspace(this, `Keyspace ${keyspaceName}`, { keyspaceName }),
      ]),
    );
    for (const keyspace of keyspaces.values()) keyspace.applyRemovalPolicy(removalPolicy);
    for (const { keyspace, table, partitionKey, clusteringKey, columns, ttlSeconds } of tables) {
      const made = new CfnTable(this, `Table ${keyspace} ${table}`, {
        keyspaceName: keyspace,
        tableName: table,
        partitionKeyColumns: partitionKey.map(column),
        ...(clusteringKey.length === 0
          ? {}
          : { clusteringKeyColumns: clusteringKey.map((one) => ({ column: column(one), orderBy: 'ASC' })) }),
        regularColumns: columns.map(column),
        billingMode: { mode: 'ON_DEMAND' },
        encryptionSpecification: { encryptionType: 'AWS_OWNED_KMS_KEY' },
        pointInTimeRecoveryEnabled: true,
        // Rows say for themselves how long they live, which they can only where the table has a default.
        ...(ttlSeconds === undefined ? {} : { defaultTimeToLive: ttlSeconds }),
      });
      made.node.addDependency(keyspaces.get(keyspace)!);
      made.applyRemovalPolicy(removalPolicy);
    }
  }
}
