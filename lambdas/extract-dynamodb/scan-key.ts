/** A key of a table, as DynamoDB writes it and as it stands in the state: binary parts as base64. */
import type { AttributeValue } from '@aws-sdk/client-dynamodb';

export type JsonKey = Readonly<
  Record<string, { readonly S: string } | { readonly N: string } | { readonly B: string }>
>;

export function fromJson(key: JsonKey): Record<string, AttributeValue> {
  return Object.fromEntries(
    Object.entries(key).map(([name, value]) => [
      name,
      'B' in value ? { B: new Uint8Array(Buffer.from(value.B, 'base64')) } : value,
    ]),
  );
}
