/** A field as DuckDB reads it back: quoted where it must be. */
export function canonicalField(value: string, delimiter: string, quote: number): string {
  const mark = String.fromCharCode(quote);
  const plain =
    !value.includes(delimiter) && !value.includes(mark) && !/[\r\n]/.test(value) && value.charCodeAt(0) > 32;
  return plain ? value : mark + value.replaceAll(mark, mark + mark) + mark;
}
