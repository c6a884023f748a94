/**
 * One page of a scan, as DynamoDB writes it. The SDK builds each value of an answer by its schema, which takes four times as long as
 * parsing it, and of a page of a megabyte all that is wanted is its rows.
 */
import { Readable } from 'node:stream';
import { type DynamoDBClient, ScanCommand, type ScanCommandInput } from '@aws-sdk/client-dynamodb';
import type { WireItem } from './read-item';
import { fromJson, type JsonKey } from './scan-key';

export interface ScanPage {
  readonly items: readonly WireItem[];
  /** where the next page begins; undefined: this is the last */
  readonly after: JsonKey | undefined;
}

interface WirePage {
  readonly Items?: readonly WireItem[];
  readonly LastEvaluatedKey?: JsonKey;
}

interface WireResponse {
  readonly statusCode: number;
  body: AsyncIterable<Uint8Array>;
}

export async function scanPage(
  client: DynamoDBClient,
  request: Omit<ScanCommandInput, 'ExclusiveStartKey'>,
  after: JsonKey | undefined,
): Promise<ScanPage> {
  const command = new ScanCommand({ ...request, ExclusiveStartKey: after && fromJson(after) });
  let page: WirePage = {};
  // Inside the SDK's retries, so that an answer that breaks off is asked for again; errors are left for the SDK to read.
  command.middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args);
      const response = result.response as WireResponse;
      if (response.statusCode !== 200) return result;
      page = JSON.parse(await textOf(response.body)) as WirePage;
      response.body = Readable.from([Buffer.from('{}')]);
      return result;
    },
    { step: 'deserialize', priority: 'low', name: 'readPageAsItIs' },
  );
  await client.send(command);
  return { items: page.Items ?? [], after: page.LastEvaluatedKey };
}

async function textOf(body: AsyncIterable<Uint8Array>): Promise<string> {
  const pieces: Uint8Array[] = [];
  for await (const piece of body) pieces.push(piece);
  return Buffer.concat(pieces).toString();
}
