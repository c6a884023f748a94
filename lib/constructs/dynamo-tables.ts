import { AttributeType, BillingMode, Table, TableEncryption } from 'aws-cdk-lib/aws-dynamodb';
import { Construct } from 'constructs';
import type { DynamoKeyAttribute, DynamoTable } from '../compiler/types';
import { protection } from './protection';

const TYPES = { S: AttributeType.STRING, N: AttributeType.NUMBER } as const;
const attribute = ({ name, type }: DynamoKeyAttribute) => ({ name, type: TYPES[type] });

/** The tables that the pipeline publishes items into. Their names are the user's: whoever reads them knows them. */
export class DynamoTables extends Construct {
  constructor(scope: Construct, id: string, { tables }: { readonly tables: readonly DynamoTable[] }) {
    super(scope, id);
    for (const { table, partitionKey, sortKey, ttl } of tables) {
      new Table(this, `Table ${table}`, {
        tableName: table,
        partitionKey: attribute(partitionKey),
        ...(sortKey === undefined ? {} : { sortKey: attribute(sortKey) }),
        billingMode: BillingMode.PAY_PER_REQUEST,
        encryption: TableEncryption.DEFAULT,
        pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
        ...(ttl === undefined ? {} : { timeToLiveAttribute: ttl }),
        ...protection(this),
      });
    }
  }
}
