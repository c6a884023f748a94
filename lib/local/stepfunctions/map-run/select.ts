/** From the fields of a Distributed Map to the inputs of its children. */
import type { Environment } from '../environment';
import type { Frame } from '../frame';
import type { DistributedFields } from '../machine';
import { stringifyJson } from '../numbers';
import { mapItems, plainItem } from '../states/items';
import type { MapItem } from '../thread';
import { type Batching, batch, type ChildInput } from './batch';
import { readItems } from './reader';
import type { MapRunRecord } from './types';

/** The fields that are evaluated when the state is entered. */
export interface Configuration {
  readonly limits: Pick<MapRunRecord, 'maxConcurrency' | 'toleratedFailureCount' | 'toleratedFailurePercentage'>;
  readonly batching: Batching | undefined;
  /** What the state hands on as items, where none are read. */
  readonly items?: readonly MapItem[];
  readonly reader?: { readonly source: Fields; readonly config: Fields };
  readonly destination: Fields;
}

type Fields = Readonly<Record<string, unknown>>;

/** Rejects with an error of the state: no Map Run is there yet. */
export async function evaluateConfiguration({ state, environment }: Frame): Promise<Configuration> {
  const { reader, batcher, writer, toleratedFailureCount, toleratedFailurePercentage } = state.distributed!;
  return {
    limits: {
      maxConcurrency: (await state.maxConcurrency?.(environment)) ?? 0,
      toleratedFailureCount: (await toleratedFailureCount?.(environment)) ?? 0,
      toleratedFailurePercentage: (await toleratedFailurePercentage?.(environment)) ?? 0,
    },
    batching: await evaluateBatcher(batcher, environment),
    ...(reader
      ? {
          reader: {
            source: (await reader.source(environment)) as Fields,
            config: (await reader.config(environment)) as Fields,
          },
        }
      : { items: mapItems(await state.items!(environment), 'STATE_DATA') }),
    destination: ((await writer?.destination(environment)) ?? {}) as Fields,
  };
}

export async function evaluateBatcher(
  batcher: DistributedFields['batcher'],
  environment: Environment,
): Promise<Batching | undefined> {
  return (
    batcher && {
      ...present('maxItems', await batcher.maxItems?.(environment)),
      ...present('maxBytes', await batcher.maxBytes?.(environment)),
      ...present('batchInput', await batcher.batchInput?.(environment)),
    }
  );
}

const present = <K extends string, T>(key: K, value: T | undefined): { [key in K]?: T } =>
  (value === undefined ? {} : { [key]: value }) as { [key in K]?: T };

type Call = (service: string, operation: string, input: unknown) => Promise<unknown>;

/** Reads the items where that is to be done, selects of each, and puts them into batches. */
export async function readInputs(
  frame: Frame,
  { items, reader, batching }: Configuration,
  call: Call,
): Promise<readonly ChildInput[]> {
  const { state } = frame;
  const found: readonly MapItem[] =
    items ??
    (await readItems(state.distributed!.reader!.resource, reader!.source, reader!.config, call)).map((item, Index) => ({
      Index,
      ...item,
    }));
  const selected: string[] = [];
  for (const item of found) {
    const value = state.itemSelector ? await state.itemSelector(frame.itemEnvironment(item)) : plainItem(item);
    selected.push(stringifyJson(value));
  }
  return batch(selected, batching);
}
