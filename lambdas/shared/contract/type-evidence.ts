/**
 * Tells a column whose type has changed from a few bad rows: its type has changed when at least ten values, and more than half of
 * those that are there, are none of the contract's type.
 */
import type { ContractColumn } from '../../../lib/tasks/common';
import { guessType, typeName } from './type-names';

const LEAST_MISFITS = 10;
const MOST_SAMPLES = 50;
const MOST_EXAMPLES = 3;
const MOST_EXAMPLE_CHARACTERS = 30;

export interface ChangedColumn {
  /** in the contract */
  readonly index: number;
  readonly name: string;
  readonly was: string;
  readonly is: string;
  /** e.g. `'n/a', 'ten'` */
  readonly examples: string;
}

interface Tally {
  fits: number;
  misfits: number;
  readonly samples: string[];
}

export class TypeEvidence {
  private readonly tallies: readonly Tally[];

  constructor(private readonly columns: readonly ContractColumn[]) {
    this.tallies = columns.map(() => ({ fits: 0, misfits: 0, samples: [] }));
  }

  fit(index: number, count = 1): void {
    this.tallies[index]!.fits += count;
  }

  /** `text`: the value as it stands in the input */
  misfit(index: number, text: string): void {
    const tally = this.tallies[index]!;
    tally.misfits++;
    if (tally.samples.length < MOST_SAMPLES) tally.samples.push(text);
  }

  changed(): ChangedColumn[] {
    return this.columns.flatMap(({ name, type, pii }, index) => {
      const { fits, misfits, samples } = this.tallies[index]!;
      if (misfits < LEAST_MISFITS || misfits <= fits) return [];
      const examples = [...new Set(samples.map(shortened))].slice(0, MOST_EXAMPLES);
      return [
        {
          index,
          name,
          was: typeName(type),
          is: guessType(samples) ?? 'text',
          examples: pii === undefined ? examples.map((one) => `'${one}'`).join(', ') : '',
        },
      ];
    });
  }
}

function shortened(text: string): string {
  const characters = [...text];
  return characters.length > MOST_EXAMPLE_CHARACTERS
    ? `${characters.slice(0, MOST_EXAMPLE_CHARACTERS).join('')}…`
    : text;
}
