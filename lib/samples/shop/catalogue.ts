/** The sample shop's catalogue, in a DynamoDB table. */
import {
  type AttributeValue,
  BatchWriteItemCommand,
  CreateTableCommand,
  DescribeTableCommand,
  DynamoDBClient,
  type DynamoDBClientConfig,
  ListTagsOfResourceCommand,
  TagResourceCommand,
} from '@aws-sdk/client-dynamodb';
import { rowsAt } from './calendar';
import { type Product, productVersions } from './products';

const TAG = { Key: 'stepwell:sample', Value: 'true' };
const BATCH = 25;

/**
 * Creates the table where there is none, and puts the products into it as they are at `now`. A table that somebody else has made is
 * left alone.
 */
export async function putCatalogue(config: DynamoDBClientConfig, table: string, now = Date.now()): Promise<void> {
  const client = new DynamoDBClient(config);
  const state = await stateOf(client, table);
  if (state === 'theirs') return;
  if (state === 'absent') {
    const { TableDescription } = await client.send(
      new CreateTableCommand({
        TableName: table,
        AttributeDefinitions: [{ AttributeName: 'sku', AttributeType: 'S' }],
        KeySchema: [{ AttributeName: 'sku', KeyType: 'HASH' }],
        BillingMode: 'PAY_PER_REQUEST',
      }),
    );
    await client.send(new TagResourceCommand({ ResourceArn: TableDescription!.TableArn!, Tags: [TAG] }));
  }
  const items = productsAt(now).map(itemOf);
  for (let at = 0; at < items.length; at += BATCH) {
    const requests = items.slice(at, at + BATCH).map((Item) => ({ PutRequest: { Item } }));
    await client.send(new BatchWriteItemCommand({ RequestItems: { [table]: requests } }));
  }
}

export const productsAt = (now: number): Product[] => rowsAt(productVersions(now), ({ sku }) => sku, now);

async function stateOf(client: DynamoDBClient, table: string): Promise<'absent' | 'ours' | 'theirs'> {
  try {
    const { Table } = await client.send(new DescribeTableCommand({ TableName: table }));
    const { Tags = [] } = await client.send(new ListTagsOfResourceCommand({ ResourceArn: Table!.TableArn! }));
    return Tags.some(({ Key }) => Key === TAG.Key) ? 'ours' : 'theirs';
  } catch (error) {
    if ((error as Error).name === 'ResourceNotFoundException') return 'absent';
    throw error;
  }
}

/** As a shop's programs write them over the years: a price is a number, or a text; what is not known is NULL, or not there. */
function itemOf({ sku, cents, costCents, ean, dimensions, tags, attributes, ...product }: Product) {
  const price = (cents / 100).toFixed(2);
  const { rating } = attributes;
  return {
    sku: { S: sku },
    name: { S: product.name },
    category: { S: product.category },
    price: sku.endsWith('5') ? { S: price } : { N: price },
    cost: { N: (costCents / 100).toFixed(2) },
    ean: { N: String(ean) },
    active: { BOOL: product.active },
    dimensions: {
      M: {
        width: { N: String(dimensions.width) },
        height: { N: String(dimensions.height) },
        unit: { S: dimensions.unit },
      },
    },
    ...(tags.length > 0 ? { tags: { SS: [...tags] } } : {}),
    attributes: {
      M: {
        colour: { S: attributes.colour },
        sizes: { L: attributes.sizes.map((size) => ({ S: size })) },
        rating: rating === null ? { NULL: true } : { N: String(rating) },
      },
    },
    updated_at: { S: new Date(product.updatedAt).toISOString() },
  } satisfies Record<string, AttributeValue>;
}
