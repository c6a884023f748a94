/** As many values as a metric takes at once, so chosen that percentiles stay what they are. */
const MOST_VALUES = 100;

export function sampled(values: readonly number[]): readonly number[] {
  if (values.length <= MOST_VALUES) return values;
  const sorted = values.toSorted((a, b) => a - b);
  // The least and the greatest are among them.
  return Array.from(
    { length: MOST_VALUES },
    (_, index) => sorted[Math.round((index * (sorted.length - 1)) / (MOST_VALUES - 1))]!,
  );
}
