/** A time as Java writes it: milliseconds only where there are any. */
export const instant = (at: Date | number): string => new Date(at).toISOString().replace('.000Z', 'Z');
