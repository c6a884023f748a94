/** What is wrong for the whole page, not for one answer: it has a banner of its own, until all is well again. */
import { computed, signal } from '@preact/signals';
import type { Problem, ProblemCode } from '../../types/shell';

/** What hinders most comes first. */
const OF_THE_PAGE: readonly ProblemCode[] = [
  'signed-out',
  'console-down',
  'cloud-down',
  'unreachable',
  'credentials',
  'throttled',
];

export const isOfThePage = ({ code }: Problem): boolean => OF_THE_PAGE.includes(code);

/** By who has met it: a live topic, or `FETCHED`. */
const met = signal<ReadonlyMap<string, Problem>>(new Map());

/** Of all that is asked once. */
export const FETCHED = 'fetched';

export const trouble = computed<Problem | undefined>(
  () => [...met.value.values()].sort((a, b) => OF_THE_PAGE.indexOf(a.code) - OF_THE_PAGE.indexOf(b.code))[0],
);

export function noteProblem(source: string, problem: Problem): void {
  if (isOfThePage(problem)) met.value = new Map(met.value).set(source, problem);
}

/** It got an answer: so the console is there, and knows us, for all of them. What was asked once can be asked again. */
export function noteWell(source: string): void {
  const left = [...met.value].filter(
    ([one, { code }]) => one !== source && one !== FETCHED && code !== 'console-down' && code !== 'signed-out',
  );
  if (left.length < met.value.size) met.value = new Map(left);
}

/** Nobody asks any more. */
export function forget(source: string): void {
  if (!met.value.has(source)) return;
  const left = new Map(met.value);
  left.delete(source);
  met.value = left;
}
