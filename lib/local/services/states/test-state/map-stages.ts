/**
 * What a mocked Map goes through, without its iterations: https://docs.aws.amazon.com/step-functions/latest/dg/test-state-isolation.html
 * ("Understanding Map state inspection data", "Testing Distributed Map states").
 */
import type { InspectionData } from '@aws-sdk/client-sfn';
import { Environment } from '../../../stepfunctions/environment';
import type { CompiledState } from '../../../stepfunctions/machine';
import { batch } from '../../../stepfunctions/map-run/batch';
import { type DatasetConfig, parseDataset } from '../../../stepfunctions/map-run/dataset';
import { isTolerated } from '../../../stepfunctions/map-run/run-children';
import { evaluateBatcher } from '../../../stepfunctions/map-run/select';
import { stringifyJson } from '../../../stepfunctions/numbers';
import { thresholdExceeded } from '../../../stepfunctions/states/distributed-map';
import { mapItems, plainItem } from '../../../stepfunctions/states/items';
import type { MapItem } from '../../../stepfunctions/thread';

export interface MapTest {
  /** What the ItemReader is to find; without it, the state's input holds that. */
  readonly readerData: string | undefined;
  /** Only in a Distributed Map. */
  readonly failures: number | undefined;
}

/** Filled as far as the state gets. */
export interface MapStages {
  data: InspectionData;
  /** How many items there are. */
  items?: number;
}

/** Fails as the state would. */
export async function goThroughMap(
  map: CompiledState,
  environment: Environment,
  test: MapTest,
  stages: MapStages,
): Promise<void> {
  const { distributed, itemSelector } = map;
  const show = (data: InspectionData) => {
    stages.data = { ...stages.data, ...data };
  };
  const maxConcurrency = await map.maxConcurrency?.(environment);
  const toleratedFailureCount = await distributed?.toleratedFailureCount?.(environment);
  const toleratedFailurePercentage = await distributed?.toleratedFailurePercentage?.(environment);
  show({
    ...(maxConcurrency !== undefined && { maxConcurrency }),
    ...(toleratedFailureCount !== undefined && { toleratedFailureCount }),
    ...(toleratedFailurePercentage !== undefined && { toleratedFailurePercentage }),
  });
  const items = await itemsOf(map, environment, test, show);
  stages.items = items.length;
  const selected: string[] = [];
  for (const item of items) {
    const context = () => ({ ...environment.context, Map: { Item: item } });
    const seen = new Environment(environment.input, context, environment.variables, {}, environment.inputText);
    selected.push(stringifyJson(itemSelector ? await itemSelector(seen) : plainItem(item)));
  }
  if (itemSelector) show({ afterItemSelector: `[${selected.join(',')}]` });
  if (!distributed) return;
  const batching = await evaluateBatcher(distributed.batcher, environment);
  if (batching) show({ afterItemBatcher: `[${batch(selected, batching).map(({ json }) => json)}]` });
  const limits = {
    items: items.length,
    toleratedFailureCount: toleratedFailureCount ?? 0,
    toleratedFailurePercentage: toleratedFailurePercentage ?? 0,
  };
  if (!isTolerated(test.failures ?? 0, limits)) throw thresholdExceeded();
}

async function itemsOf(
  { distributed, items, language }: CompiledState,
  environment: Environment,
  { readerData }: MapTest,
  show: (data: InspectionData) => void,
): Promise<readonly MapItem[]> {
  const config = (await distributed?.reader?.config(environment)) as DatasetConfig & { readonly MaxItems?: number };
  const most = config?.MaxItems || Number.POSITIVE_INFINITY;
  if (distributed?.reader && (readerData !== undefined || config.ItemsPointer !== undefined)) {
    const text = readerData ?? stringifyJson(environment.input);
    // A listing has no type of input: it is the list itself.
    const found = await parseDataset(Buffer.from(text), { InputType: 'JSON', ...config }, most);
    if (config.ItemsPointer !== undefined) show({ afterItemsPointer: stringifyJson(whole(found)) });
    return found.map((item, Index) => ({ Index, ...item }));
  }
  const source = await items!(environment);
  if (language === 'JSONPath') show({ afterItemsPath: stringifyJson(source) });
  return mapItems(source, distributed && 'STATE_DATA').slice(0, most);
}

/** The list or the object that the items are of. */
const whole = (items: readonly { readonly Key?: string; readonly Value: unknown }[]): unknown =>
  items[0]?.Key === undefined
    ? items.map(({ Value }) => Value)
    : Object.fromEntries(items.map(({ Key, Value }) => [Key, Value]));
