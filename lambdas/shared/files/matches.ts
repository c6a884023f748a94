import picomatch from 'picomatch';

export const OPTIONS = { dot: true, windows: false, strictSlashes: true, flags: 's' } as const;
/** Picomatch takes `.` and `..` between slashes for ways through folders, and lets no wildcard match them. S3 has no folders. */
const DOTS = /(?<=^|\/)\.{1,2}(?=\/|$)/g;
/** In their place, in key and glob alike, stand characters that no name has. */
export const plain = (path: string): string => path.replace(DOTS, (dots) => '\u0001'.repeat(dots.length));

/**
 * S3 knows no hidden files: a name that begins with a dot is a name like any other, and dropping such a file silently would lose it.
 * A key that ends in a slash is the marker of a folder that somebody made in a console: never a file. Keys are compared as they
 * are, never decoded.
 */
export function matcher(glob: string): (key: string) => boolean {
  const matches = picomatch(plain(glob), OPTIONS);
  return (key) => !key.endsWith('/') && matches(plain(key));
}

const compiled = new Map<string, (key: string) => boolean>();

/** Globs are those of a pipeline's definition, a few: each is compiled once, though thousands of keys are asked about. */
export function matches(glob: string, key: string): boolean {
  let found = compiled.get(glob);
  if (found === undefined) {
    found = matcher(glob);
    compiled.set(glob, found);
  }
  return found(key);
}
