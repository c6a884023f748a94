import { Refused } from '../../operate/errors';
import type { ActPlan } from '../types/shell';

/** A refusal is told as the plan: it is what would come of the act. */
export async function planned(sentences: () => string[] | Promise<string[]>): Promise<ActPlan> {
  try {
    return { sentences: await sentences() };
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    return { sentences: [], refusal: error.message };
  }
}
