import type { StaticErrorSchema, StaticOperationSchema } from '@smithy/types';
import type { AwsError } from '../../service';
import type { WireRequest, WireResponse } from '../message';

/** One AWS protocol, seen from the server. */
export interface Protocol {
  readInput(operation: StaticOperationSchema, request: WireRequest): Promise<Record<string, unknown>>;
  writeOutput(operation: StaticOperationSchema, output: Record<string, unknown>, requestId: string): WireResponse;
  writeError(error: AwsError, schema: StaticErrorSchema | undefined, requestId: string): WireResponse;
}

/** The members of an error's document: its message under the name that the error's schema gives it, and its further fields. */
export function errorMembers(error: AwsError, schema: StaticErrorSchema | undefined): Record<string, unknown> {
  const names = (schema?.[4] ?? []) as readonly string[];
  const messageName = names.find((name) => name.toLowerCase() === 'message') ?? 'message';
  return { [messageName]: error.message, ...error.fields };
}
