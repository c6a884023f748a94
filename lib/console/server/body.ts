/** Bodies of requests: read with a bound, and checked by a schema. */
import type { IncomingMessage } from 'node:http';
import type { z } from 'zod';
import { ConsoleError } from './errors';

const MOST_BYTES = 1024 * 1024;

/** Undefined where it is not JSON. @throws {ConsoleError} */
export async function jsonOf(request: IncomingMessage): Promise<unknown> {
  if (!/^application\/json\b/.test(request.headers['content-type'] ?? '')) return undefined;
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MOST_BYTES) throw new ConsoleError('bad-request', 'The request is longer than a megabyte.');
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch {
    throw new ConsoleError('bad-request', 'The request is no JSON.');
  }
}

/** @throws {ConsoleError} that says in a sentence what is wrong with it */
export function parsed<S extends z.ZodType>(schema: S, value: unknown): z.infer<S> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const at = issue?.path.length ? `${issue.path.join('.')}: ` : '';
  throw new ConsoleError('bad-request', `The request is not as it should be: ${at}${issue?.message}`);
}
