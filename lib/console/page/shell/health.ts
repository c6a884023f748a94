/** What is wrong for the whole page, not for one answer: it has a banner of its own, until all is well again. */
import { signal } from '@preact/signals';
import type { Problem, ProblemCode } from '../../types/shell';

export const trouble = signal<Problem | undefined>(undefined);

const OF_THE_PAGE: ReadonlySet<ProblemCode> = new Set<ProblemCode>([
  ...(['signed-out', 'cloud-down', 'console-down', 'unreachable', 'credentials', 'throttled'] as const),
]);

export const isOfThePage = ({ code }: Problem): boolean => OF_THE_PAGE.has(code);

export function noteProblem(problem: Problem): void {
  if (isOfThePage(problem)) trouble.value = problem;
}

export function noteWell(): void {
  trouble.value = undefined;
}
