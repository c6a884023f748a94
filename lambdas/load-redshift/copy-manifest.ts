/** The manifest that COPY reads: exactly these files, and it fails if one is missing or of another length. */
import type { Part } from '../../lib/tasks/common';

export function copyManifest(workBucket: string, parts: readonly Part[]): string {
  return JSON.stringify({
    entries: parts.map((part) => ({
      url: `s3://${workBucket}/${part.key}`,
      mandatory: true,
      // COPY of Parquet insists on the true length.
      meta: { content_length: part.length },
    })),
  });
}
