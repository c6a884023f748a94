/** What a user's own code and the functions that run it say to each other. No imports: it is part of both. */

/** Where an extractor can go on in another invocation. Made by `checkpoint`. */
export class Checkpoint<P = unknown> {
  constructor(readonly position: P) {}
}

/**
 * To be yielded after the rows up to `position` (small, plain JSON: a page's number, a last key): the next invocation gets it as
 * `context.checkpoint`. Where time is left the extractor goes on at once; `return checkpoint(…)` ends the invocation in any case.
 *
 * @example
 * for (let page = context.checkpoint?.page ?? 1; ; page++) {
 *   const rows = await read(page);
 *   if (rows.length === 0) return;
 *   yield rows;
 *   yield checkpoint({ page: page + 1 });
 * }
 */
export const checkpoint = <P>(position: P): Checkpoint<P> => new Checkpoint(position);

/** Thrown by an extractor where no retry can help: the run fails at once. Any other error is tried again. */
export class PermanentError extends Error {
  override readonly name: string = 'PermanentError';
}

/** Thrown by a row function: the row goes to quarantine, for this reason. */
export class BadRow extends Error {
  override readonly name: string = 'BadRow';
}
