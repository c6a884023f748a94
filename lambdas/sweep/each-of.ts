/** Does the work for each item, one after the other; what fails for one must not keep the others waiting, and is told at the end. */
export async function eachOf<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  const errors: unknown[] = [];
  for (const item of items) {
    try {
      results.push(await work(item));
    } catch (error) {
      errors.push(error);
    }
  }
  if (errors.length > 0) {
    const reasons = errors.map((error) => (error instanceof Error ? `${error.name}: ${error.message}` : String(error)));
    throw new AggregateError(
      errors,
      `${errors.length} of ${items.length} failed: ${[...new Set(reasons)].slice(0, 3).join('; ')}`,
    );
  }
  return results;
}
