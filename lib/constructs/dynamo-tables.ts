import { AttributeType, BillingMode, Table, TableEncryption } from 'aws-cdk-lib/aws-dynamodb';
import { RemovalPolicy } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import type { DynamoKeyAttribute, DynamoTable } from '../compiler/types';
import { protection } from './protection';

const TYPES = { S: AttributeType.STRING, N: AttributeType.NUMBER } as const;
const attribute = ({ name, type }: DynamoKeyAttribute) => ({ name, type: TYPES[type] });

/** The tables that the pipeline publishes items into. Their names are the user's: whoever reads them knows them. */
export class DynamoTables extends Construct {
  constructor(scope: Construct, id: string, { tables }: { readonly tables: readonly DynamoTable[] }) {
    super(scope, id);
    const { deletionProtection: isProtected } = protection(this);
    for (const { table, partitionKey, sortKey, ttl } of tables) {
      new Table(this, `Table ${table}`, {
        tableName: table,
        partitionKey: attribute(partitionKey),
        ...(sortKey === undefined ? {} : { sortKey: attribute(sortKey) }),
        billingMode: BillingMode.PAY_PER_REQUEST,
        encryption: TableEncryption.DEFAULT,
        pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
        ...(ttl === undefined ? {} : { timeToLiveAttribute: ttl }),
        // Its name is taken while it is there: a first deploy that fails must be able to take it away, which deletion protection would forbid.
        removalPolicy: isProtected ? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE : RemovalPolicy.DESTROY,
      });
    }
  }
}
