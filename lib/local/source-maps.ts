/**
 * Node keeps the source map of each module that is loaded: 45 MB for those of the local cloud, and time at the start. Modules that are
 * loaded within `load` have none; stack traces then name their functions and files, but not the lines. With `--enable-source-maps` in
 * NODE_OPTIONS all have one.
 */
export async function withoutSourceMaps<T>(load: () => Promise<T>): Promise<T> {
  const isAsked = [...process.execArgv, process.env.NODE_OPTIONS ?? ''].some((text) =>
    text.includes('--enable-source-maps'),
  );
  if (isAsked || process.sourceMapsEnabled === false) return load();
  process.setSourceMapsEnabled(false);
  try {
    return await load();
  } finally {
    process.setSourceMapsEnabled(true);
  }
}
