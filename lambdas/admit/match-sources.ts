import picomatch from 'picomatch';
import type { AdmitInput } from '../../lib/tasks/admit';
import type { FileFormat } from '../../lib/tasks/common';

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

const OPTIONS = { dot: true, windows: false, strictSlashes: true, flags: 's' } as const;
/** Picomatch takes `.` and `..` between slashes for ways through folders, and lets no wildcard match them. S3 has no folders. */
const DOTS = /(?<=^|\/)\.{1,2}(?=\/|$)/g;
/** In their place, in key and glob alike, stand characters that no name has. */
const plain = (path: string): string => path.replace(DOTS, (dots) => '\u0001'.repeat(dots.length));

/**
 * S3 knows no hidden files: a name that begins with a dot is a name like any other, and dropping such a file silently would lose it.
 * A key that ends in a slash is the marker of a folder that somebody made in a console: never a file.
 */
export function matches(glob: string, key: string): boolean {
  return !key.endsWith('/') && picomatch(plain(glob), OPTIONS)(plain(key));
}

export function describeGlobs(sources: readonly AdmitSource[]): string {
  return sources.flatMap((source) => source.files.map(({ glob }) => glob)).join(', ');
}
