/** Drift: what a source answers is not what its contract says. What is done about it, and how it is told. */
import * as z from 'zod/mini';

/**
 * What is done about each kind of drift. `fail`: the run fails before anything is loaded. `evolve`: new columns go on, as text, and
 * become columns of the targets. `ignore`: new columns are left out; missing ones, and those of another type, are NULL. `quarantine`:
 * the rows are put aside; where columns stand in a header, the whole file is.
 */
const ofEach = z.strictObject({
  newColumns: z.optional(z.enum(['fail', 'evolve', 'ignore', 'quarantine'])),
  missingColumns: z.optional(z.enum(['fail', 'ignore', 'quarantine'])),
  changedTypes: z.optional(z.enum(['fail', 'ignore', 'quarantine'])),
});
export type DriftPolicy = Required<z.infer<typeof ofEach>>;

/** One for all, or for each kind; what is not named fails. */
export const onDrift = z.union([z.enum(['fail', 'evolve', 'ignore', 'quarantine']), ofEach]);
export type OnDrift = z.infer<typeof onDrift>;

const SHORT: Readonly<Record<Extract<OnDrift, string>, DriftPolicy>> = {
  fail: { newColumns: 'fail', missingColumns: 'fail', changedTypes: 'fail' },
  // A value of another type is a bad row, as any value that its column cannot hold.
  evolve: { newColumns: 'evolve', missingColumns: 'ignore', changedTypes: 'quarantine' },
  ignore: { newColumns: 'ignore', missingColumns: 'ignore', changedTypes: 'quarantine' },
  quarantine: { newColumns: 'quarantine', missingColumns: 'quarantine', changedTypes: 'quarantine' },
};

export function policyOf(given: OnDrift): DriftPolicy {
  if (typeof given === 'string') return SHORT[given];
  const { newColumns = 'fail', missingColumns = 'fail', changedTypes = 'fail' } = given;
  return { newColumns, missingColumns, changedTypes };
}

/** A difference that a task has met and gone on with. */
export const driftEntry = z.strictObject({
  /** `absent`: no row has the member, as JSON leaves out what is NULL */
  kind: z.enum(['new', 'missing', 'changed', 'absent']),
  /** as the input calls it, or, where the input has none, as the contract does */
  column: z.string(),
  /** type in the contract */
  was: z.optional(z.string()),
  /** type in the input, as far as it can be told */
  is: z.optional(z.string()),
  done: z.enum(['evolved', 'ignored', 'quarantined']),
});
export type DriftEntry = z.infer<typeof driftEntry>;

/** A task tells so many; an input of another kind altogether has any number of columns. */
export const MOST_DRIFT_ENTRIES = 100;
