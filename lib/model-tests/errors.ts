/** A mistake in a file of tests: where, which rule it breaks, what to do. */
export interface Mistake {
  /** in the file, from 1 */
  readonly line: number;
  readonly rule: string;
  readonly remedy: string;
}

/** What is wrong with one file of tests, all of it at once. */
export class TestFileError extends Error {
  override name = 'TestFileError';
  constructor(
    readonly file: string,
    readonly mistakes: readonly Mistake[],
  ) {
    super(mistakes.map(({ line, rule, remedy }) => `${file}:${line}: ${rule}. ${remedy}`).join('\n'));
  }
}
