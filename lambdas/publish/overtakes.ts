/** When a staged row takes the place of the row with the same key in the target. */
import { identifier } from '../shared/sql';

export interface Overtakes {
  readonly newestBy: string | undefined;
  /** how the target's row and the staged row are called in the statement */
  readonly target: string;
  readonly staged: string;
  /** `_arrival` of the staged rows, as an SQL expression */
  readonly arrival: string;
}

/**
 * With `newestBy`: a greater value wins, NULL counts as the oldest, and on a tie the later arrival. Without it, the later arrival alone.
 * The same arrival wins as well: that is the same load again.
 */
export function overtakes({ newestBy, target, staged, arrival }: Overtakes): string {
  const arrivedLater = `${target}."_arrival" <= ${arrival}`;
  if (newestBy === undefined) return arrivedLater;
  const theirs = `${target}.${identifier(newestBy)}`;
  const ours = `${staged}.${identifier(newestBy)}`;
  return (
    `${ours} > ${theirs} OR (${ours} IS NOT NULL AND ${theirs} IS NULL) ` +
    `OR ((${ours} = ${theirs} OR (${ours} IS NULL AND ${theirs} IS NULL)) AND ${arrivedLater})`
  );
}
