import { ErrorName } from '../../../asl/errors';
import { StatesError } from '../errors';

export interface Batching {
  readonly maxItems?: number;
  readonly maxBytes?: number;
  readonly batchInput?: unknown;
}

/** The inputs of the children, as JSON: an item each, or a batch of them. `items` are JSON texts. */
export function batch(items: readonly string[], batching: Batching | undefined): string[] {
  if (!batching) return [...items];
  const { maxItems = Number.POSITIVE_INFINITY, maxBytes = Number.POSITIVE_INFINITY, batchInput } = batching;
  const head = batchInput === undefined ? '{"Items":[' : `{"BatchInput":${JSON.stringify(batchInput)},"Items":[`;
  const overhead = Buffer.byteLength(head) + 2;
  const batches: string[] = [];
  let current: string[] = [];
  let bytes = overhead;
  const close = () => {
    if (current.length > 0) batches.push(`${head}${current.join(',')}]}`);
    current = [];
    bytes = overhead;
  };
  for (const item of items) {
    const size = Buffer.byteLength(item) + 1;
    if (overhead + size > maxBytes) {
      throw new StatesError(
        ErrorName.itemReaderFailed,
        `An item of ${size - 1} bytes does not fit into a batch of ${maxBytes} bytes`,
      );
    }
    if (current.length >= maxItems || bytes + size > maxBytes) close();
    current.push(item);
    bytes += size;
  }
  close();
  return batches;
}
