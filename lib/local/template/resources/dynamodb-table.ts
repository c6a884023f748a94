import { isDeepStrictEqual } from 'node:util';
import { list, number, type Properties, physicalName, type ResourceHandler, record, unless } from '../resource';

/** `AWS::DynamoDB::Table` and `GlobalTable`, of which this region's replica is all there is here. */
export const dynamodbTable: ResourceHandler = {
  holdsData: true,
  async apply({ properties, host, previous, ...request }) {
    const TableName = physicalName(request, { explicit: properties.TableName, max: 255 });
    const table = await describe(TableName, host);
    if (table === undefined) await host.call('dynamodb', 'CreateTable', tableInput(TableName, properties));
    else {
      const key = sorted(list<KeyPart>(properties.KeySchema));
      if (properties.TableName !== undefined && !isDeepStrictEqual(sorted(table.KeySchema), key)) {
        throw new Error(
          `CloudFormation cannot update a stack when a custom-named resource requires replacing. Rename ${TableName} and update the stack again.`,
        );
      }
      await addMissingIndexes(table, tableInput(TableName, properties), host);
    }
    const arn = `arn:aws:dynamodb:${host.cloud.region}:${host.cloud.account}:table/${TableName}`;
    return { physicalId: TableName, attributes: { Arn: arn, TableId: TableName, StreamArn: `${arn}/stream/local` } };
  },
  async remove({ resource, host }) {
    await host
      .call('dynamodb', 'DeleteTable', { TableName: resource.physicalId })
      .catch(unless('ResourceNotFoundException'));
  },
};

type Host = Parameters<ResourceHandler['apply']>[0]['host'];
interface KeyPart {
  readonly AttributeName: string;
  readonly KeyType: string;
}
const sorted = (key: readonly KeyPart[]) =>
  key.map(({ AttributeName, KeyType }) => `${KeyType} ${AttributeName}`).sort();
interface Described {
  readonly KeySchema: readonly KeyPart[];
  readonly GlobalSecondaryIndexes?: readonly { readonly IndexName: string }[];
}

async function describe(TableName: string, host: Host): Promise<Described | undefined> {
  try {
    return (await host.call<{ Table: Described }>('dynamodb', 'DescribeTable', { TableName })).Table;
  } catch (error) {
    if ((error as Error).name === 'ResourceNotFoundException') return undefined;
    throw error;
  }
}

function tableInput(TableName: string, properties: Properties): Properties {
  const throughput = { ReadCapacityUnits: 1, WriteCapacityUnits: 1 };
  const isProvisioned = properties.ProvisionedThroughput !== undefined;
  const billing = isProvisioned
    ? { BillingMode: 'PROVISIONED', ProvisionedThroughput: capacity(properties.ProvisionedThroughput) }
    : { BillingMode: 'PAY_PER_REQUEST' };
  const globals = list<Properties>(properties.GlobalSecondaryIndexes).map((index) => ({
    IndexName: index.IndexName,
    KeySchema: index.KeySchema,
    Projection: index.Projection,
    ...(isProvisioned ? { ProvisionedThroughput: capacity(index.ProvisionedThroughput ?? throughput) } : {}),
  }));
  const locals = list<Properties>(properties.LocalSecondaryIndexes);
  return {
    TableName,
    AttributeDefinitions: properties.AttributeDefinitions,
    KeySchema: properties.KeySchema,
    ...billing,
    ...(globals.length === 0 ? {} : { GlobalSecondaryIndexes: globals }),
    ...(locals.length === 0 ? {} : { LocalSecondaryIndexes: locals }),
  };
}

function capacity(value: unknown): Properties {
  const { ReadCapacityUnits, WriteCapacityUnits } = record(value);
  return { ReadCapacityUnits: number(ReadCapacityUnits), WriteCapacityUnits: number(WriteCapacityUnits) };
}

/** Keys cannot change, and an index is not taken away: queries of an older version may still use it. */
async function addMissingIndexes(table: Described, wanted: Properties, host: Host): Promise<void> {
  const present = new Set((table.GlobalSecondaryIndexes ?? []).map(({ IndexName }) => IndexName));
  for (const index of list<Properties>(wanted.GlobalSecondaryIndexes)) {
    if (present.has(String(index.IndexName))) continue;
    await host.call('dynamodb', 'UpdateTable', {
      TableName: wanted.TableName,
      AttributeDefinitions: wanted.AttributeDefinitions,
      GlobalSecondaryIndexUpdates: [{ Create: index }],
    });
  }
}
