/** Windows that the stream's function has staged, and counted, whose counts are not all in their tables yet: it writes them within minutes, and not behind a rebuild. */
import type { S3Client } from '@aws-sdk/client-s3';
import type { Ledger } from '../shared/ledger';
import { shardItems } from '../shared/stream/batch-items';
import { isNotedWritten, placeOf, readCounted } from '../shared/stream/counted';

export interface UncountedServices {
  readonly s3: S3Client;
  readonly ledger: Ledger;
  readonly workBucket: string;
  readonly pipeline: string;
}

/** In words, where one begins at `from` or behind it, and before `to`: both as windows are called. */
export async function uncounted(
  { from, to }: { readonly from: string; readonly to: string },
  { s3, ledger, workBucket, pipeline }: UncountedServices,
): Promise<string | undefined> {
  for (const { latest } of await shardItems(ledger, pipeline)) {
    if (latest.counts === undefined) continue;
    const { open, behind } = await readCounted(s3, workBucket, latest.counts);
    for (const place of [...behind, ...open.map(placeOf)]) {
      const { start } = place;
      if (start < from || start >= to || (await isNotedWritten(ledger, pipeline, latest.shard, place))) continue;
      return `Counts of the window of ${start} on ${latest.shard} are not in their tables yet.`;
    }
  }
  return undefined;
}
