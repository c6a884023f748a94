/** A row of a model as text, and a value of it that a table cannot hold. */

/** Values as DuckDB writes them as text; NULL is null. */
export type RowTexts = Readonly<Record<string, string | null>>;

/** `column` and the message are the user's. */
export class Unfit extends Error {
  override readonly name = 'Unfit';
  constructor(
    readonly column: string | undefined,
    message: string,
  ) {
    super(message);
  }
}
