import type { AdmitInput } from '../../lib/tasks/admit';
import type { FileFormat, ObjectVersion } from '../../lib/tasks/common';
import { matches } from '../shared/files/matches';

type AdmitSource = AdmitInput['sources'][number];

/** The sources that a key belongs to, with the format of the first glob that matches. Keys are compared as they are, never decoded. */
export function matchSources(
  key: string,
  sources: readonly AdmitSource[],
): { readonly source: AdmitSource; readonly format: FileFormat }[] {
  return sources.flatMap((source) => {
    const file = source.files.find(({ glob }) => matches(glob, key));
    return file ? [{ source, format: file.format }] : [];
  });
}

export function describeGlobs(sources: readonly AdmitSource[]): string {
  return sources.flatMap((source) => source.files.map(({ glob }) => glob)).join(', ');
}

/** By source: the objects that it reads. */
export const objectsOf = (
  sources: readonly AdmitSource[],
  objects: readonly ObjectVersion[],
): Record<string, readonly ObjectVersion[]> =>
  Object.fromEntries(
    sources.map((source) => [source.name, objects.filter(({ key }) => matchSources(key, [source]).length > 0)]),
  );
