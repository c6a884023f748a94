import { ErrorName } from '../../../asl/errors';
import { StatesError } from '../errors';
import { stringifyJson } from '../numbers';

/** What an execution takes as its input is also what a batch may hold, where it is not said to be less. */
export const LARGEST_BATCH_BYTES = 256 * 1024;

export interface Batching {
  readonly maxItems?: number;
  readonly maxBytes?: number;
  readonly batchInput?: unknown;
}

/** What a child is started with. */
export interface ChildInput {
  /** JSON text. */
  readonly json: string;
  /** How many items it holds. */
  readonly items: number;
}

/**
 * The inputs of the children: an item each, or a batch of them. `items` are JSON texts.
 * https://docs.aws.amazon.com/step-functions/latest/dg/input-output-itembatcher.html
 */
export function batch(items: readonly string[], batching: Batching | undefined): ChildInput[] {
  if (!batching) return items.map((json) => ({ json, items: 1 }));
  const { maxItems = 0, maxBytes = 0, batchInput } = batching;
  const most = maxItems || Number.POSITIVE_INFINITY;
  const largest = Math.min(maxBytes || LARGEST_BATCH_BYTES, LARGEST_BATCH_BYTES);
  const head = batchInput === undefined ? '{"Items":[' : `{"BatchInput":${stringifyJson(batchInput)},"Items":[`;
  const overhead = Buffer.byteLength(head) + 2;
  const batches: ChildInput[] = [];
  let current: string[] = [];
  let bytes = overhead;
  const close = () => {
    if (current.length > 0) batches.push({ json: `${head}${current.join(',')}]}`, items: current.length });
    current = [];
    bytes = overhead;
  };
  for (const item of items) {
    const size = Buffer.byteLength(item) + 1;
    if (overhead + size - 1 > largest) {
      throw new StatesError(
        ErrorName.itemReaderFailed,
        `An item of ${size - 1} bytes does not fit into a batch of ${largest} bytes`,
      );
    }
    // The last item of a batch has no comma after it.
    if (current.length >= most || bytes + size - 1 > largest) close();
    current.push(item);
    bytes += size;
  }
  close();
  return batches;
}
