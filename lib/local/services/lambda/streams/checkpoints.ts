/** How far a mapping has come in each shard: what a restart, or a function that is deployed anew, goes on from. */
import type { Table } from '../../../store';
import type { TumblingWindow } from './window';

export interface Checkpoint {
  /** by lane: sequence number of the last record that is done, or given up */
  readonly lanes: Readonly<Record<number, string>>;
  /** the shard has no more records, and all are done */
  readonly ended?: true;
  readonly window?: TumblingWindow;
}

export type Checkpoints = Table<Checkpoint>;

export const checkpointKey = (mapping: string, shard: string): string => `${mapping}/${shard}`;

/** The record to go on after: what other lanes have done already comes once more, and is passed over. */
export function lowest({ lanes }: Checkpoint, count: number): string | undefined {
  const all = Array.from({ length: count }, (_, lane) => lanes[lane]);
  return all.some((sequence) => sequence === undefined) ? undefined : all.toSorted()[0];
}

export async function forget(checkpoints: Checkpoints, mapping: string): Promise<void> {
  const keys = [...checkpoints.keys()].filter((key) => key.startsWith(`${mapping}/`));
  await Promise.all(keys.map((key) => checkpoints.delete(key)));
}
