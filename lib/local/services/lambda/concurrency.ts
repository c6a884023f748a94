/** The account's concurrency: https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html */
import type { FunctionRecord } from './state';

export const ACCOUNT_CONCURRENCY = 1_000;
/** must stay for functions that reserve none */
export const MIN_UNRESERVED = 100;

export function unreserved(functions: Iterable<FunctionRecord>, without?: string): number {
  let reserved = 0;
  for (const { name, reservedConcurrency = 0 } of functions) if (name !== without) reserved += reservedConcurrency;
  return ACCOUNT_CONCURRENCY - reserved;
}
