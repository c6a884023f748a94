import * as z from 'zod/mini';
import { type Manifest, type ManifestRef, manifestRef, type RejectedRow, rejectedRow } from '../../lib/tasks/common';

export interface BadRows {
  readonly rows: readonly RejectedRow[];
  /** keys in the work bucket */
  readonly keys: readonly string[];
  /** how many there are, where that is known */
  readonly rejected?: number;
}

export interface ReadBadRows {
  readonly readManifests: (refs: readonly ManifestRef[]) => Promise<Manifest[]>;
  /** the first bytes of an object in the work bucket, at most `bytes` */
  readonly readStart: (key: string, bytes: number) => Promise<string>;
}

const SHOWN = 5;
const READ_BYTES = 64 * 1024;

/**
 * The first rejected rows of the run, found by the manifests that the failed task was given. An extract that fails for its bad rows
 * leaves no manifest; its message says where they are.
 */
export async function readBadRows(
  failure: { readonly cause: string; readonly parameters?: unknown },
  use: ReadBadRows,
): Promise<BadRows> {
  const manifests = await use.readManifests(manifestsIn(failure.parameters));
  const keys = [
    ...new Set([
      ...manifests.flatMap((manifest) => manifest.source?.quarantine?.key ?? []),
      ...(failure.cause.match(/quarantine\/[^\s"\\]+\.ndjson/g) ?? []),
    ]),
  ];
  const rows: RejectedRow[] = [];
  for (const key of keys) {
    if (rows.length >= SHOWN) break;
    const text = await use.readStart(key, READ_BYTES);
    // The last line may be cut off.
    const found = text.split('\n').flatMap((line) => parseRow(line) ?? []);
    rows.push(...found.slice(0, SHOWN - rows.length));
  }
  const rejected = countOf(manifests, failure.cause);
  return { rows, keys, ...(rejected === undefined ? {} : { rejected }) };
}

/** By the manifests; an extract that has failed left none, but says how many of its file's rows are bad. */
function countOf(manifests: readonly Manifest[], cause: string): number | undefined {
  const extracted = manifests.flatMap(({ source }) => source ?? []);
  if (extracted.length > 0) return extracted.reduce((sum, { rejected }) => sum + rejected, 0);
  const told = /(?:^|")(\d+) of \d+ rows of .* are bad/.exec(cause);
  return told ? Number(told[1]) : undefined;
}

function parseRow(line: string): RejectedRow | undefined {
  try {
    return z.parse(rejectedRow, JSON.parse(line));
  } catch {
    return undefined;
  }
}

/** Lambda tasks get their input as `Payload`. */
function manifestsIn(parameters: unknown): ManifestRef[] {
  const given = (parameters ?? {}) as { Payload?: { manifests?: unknown }; manifests?: unknown };
  const parsed = z.safeParse(z.array(manifestRef), given.Payload?.manifests ?? given.manifests);
  return parsed.success ? parsed.data : [];
}
