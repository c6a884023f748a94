/** A run of a backfill that has failed, from the child that had started it. */
import type { BackfillFailure, BackfillPartial, BackfillRun } from './backfill';

const MOST_CHARACTERS = 500;

export interface FailedChild {
  readonly input: string;
  readonly status: string;
  readonly error?: string | undefined;
  readonly cause?: string | undefined;
}

/** Which run it is, and what it was to load. */
export function aboutRun({ name, input }: BackfillRun): BackfillPartial {
  const [object] = input.objects ?? [];
  return {
    runId: name,
    ...(input.interval ? { interval: input.interval } : {}),
    ...(object ? { key: object.key } : {}),
  };
}

/** The child's cause is its run as a document, whose cause is the failed task's: again a document, where that is a function. */
export function failureOf({ input, status, error, cause: told = '' }: FailedChild): BackfillFailure {
  const { run } = JSON.parse(input) as { run: BackfillRun };
  const ended = parsed(told);
  const cause = ended?.Status === undefined ? told : String(ended.Cause ?? '');
  const message = parsed(cause)?.errorMessage;
  return {
    ...aboutRun(run),
    error: String(ended?.Error ?? error ?? status),
    cause: shortened(typeof message === 'string' ? message : cause),
  };
}

function parsed(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

const shortened = (text: string): string =>
  text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS)}…` : text;
