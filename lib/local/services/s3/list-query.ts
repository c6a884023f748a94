import { invalidArgument } from './errors';
import { encodeKey, type ListQuery } from './listing';

const MAX_KEYS = 1000;

export function listQuery(input: { Prefix?: string; Delimiter?: string; MaxKeys?: number }, after?: string): ListQuery {
  const { Prefix: prefix = '', Delimiter: delimiter = '', MaxKeys = MAX_KEYS } = input;
  if (!Number.isInteger(MaxKeys) || MaxKeys < 0) {
    throw invalidArgument('Argument maxKeys must be an integer between 0 and 2147483647', 'max-keys', MaxKeys);
  }
  return { prefix, delimiter, maxKeys: Math.min(MaxKeys, MAX_KEYS), ...(after !== undefined && { after }) };
}

/** How keys are written in the answer. Throws for an encoding that S3 does not have. */
export function keyEncoder(encodingType: string | undefined): (key: string) => string {
  if (encodingType === undefined) return (key) => key;
  if (encodingType !== 'url')
    throw invalidArgument('Invalid Encoding Method specified in Request', 'encoding-type', encodingType);
  return encodeKey;
}

/** Continuation tokens are opaque: where the page ended, in base64. */
export const toToken = (position: string) => Buffer.from(position, 'utf8').toString('base64url');

export function fromToken(token: string): string {
  const position = Buffer.from(token, 'base64url').toString('utf8');
  if (token === '' || toToken(position) !== token) {
    throw invalidArgument('The continuation token provided is incorrect', 'continuation-token', token);
  }
  return position;
}

export function listContext(input: { Prefix?: string; Delimiter?: string; MaxKeys?: number }): Record<string, string> {
  return {
    's3:prefix': input.Prefix ?? '',
    ...(input.Delimiter !== undefined && { 's3:delimiter': input.Delimiter }),
    ...(input.MaxKeys !== undefined && { 's3:max-keys': String(input.MaxKeys) }),
  };
}
