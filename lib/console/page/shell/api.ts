/** Asking the console's server, and acting by it. */
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import type { Problem } from '../../types/shell';
import { FETCHED, isOfThePage, noteProblem, noteWell, trouble } from './health';

/** What the server said was wrong, in sentences. */
export class ProblemError extends Error {
  override name = 'ProblemError';
  constructor(readonly problem: Problem) {
    super(problem.message);
  }
}

const CONSOLE_DOWN: Problem = {
  code: 'console-down',
  message: 'The console does not answer.',
  remedy: 'It ends with the program that started it. Start it again: npm start, or npx stepwell console',
};

export const problemIn = (error: unknown): Problem =>
  error instanceof ProblemError ? error.problem : { code: 'fault', message: String(error) };

async function ask<T>(path: string, init: RequestInit = {}): Promise<T> {
  let response: Response;
  let text: string;
  try {
    response = await fetch(path, init);
    // Until its last byte: one that is cut off, or given up meanwhile, is no answer.
    text = await response.text();
  } catch (error) {
    if (init.signal?.aborted) throw error;
    noteProblem(FETCHED, CONSOLE_DOWN);
    throw new ProblemError(CONSOLE_DOWN);
  }
  const body = parsed(text) as T & { readonly error?: Problem };
  if (response.ok) {
    noteWell(FETCHED);
    return body;
  }
  const problem: Problem = body.error ?? { code: 'fault', message: `The console answered ${response.status}.` };
  noteProblem(FETCHED, problem);
  throw new ProblemError(problem);
}

/** What acts answer may be empty; a fault of something in between is no JSON. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}

/** @throws {ProblemError} */
export const get = <T>(path: string, signal?: AbortSignal): Promise<T> => ask<T>(path, signal ? { signal } : {});

/** Changes something. @throws {ProblemError} with the sentence that tells why not */
export const act = <T = unknown>(method: 'POST' | 'PUT' | 'DELETE', path: string, body?: unknown): Promise<T> =>
  ask<T>(path, {
    method,
    ...(body instanceof Blob
      ? { body }
      : body === undefined
        ? {}
        : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
  });

export interface Answer<T> {
  /** the last there was, also while a newer one is on its way, or was refused */
  readonly data: T | undefined;
  readonly error: Problem | undefined;
  readonly loading: boolean;
  readonly reload: () => void;
}

/** What a view showed last is there at once when one comes back to it. */
const remembered = new Map<string, unknown>();
const MOST_REMEMBERED = 40;

export function remember(path: string, data: unknown): void {
  remembered.delete(path);
  remembered.set(path, data);
  if (remembered.size > MOST_REMEMBERED) remembered.delete(remembered.keys().next().value!);
}

export const remembers = (path: string): unknown => remembered.get(path);

/**
 * `undefined`: nothing is asked yet. Data of another path is never shown for this one. It is asked for again when `digest`, which says how
 * what it is about stands, has changed.
 */
export function useApi<T>(path: string | undefined, digest = ''): Answer<T> {
  const [state, setState] = useState<{ readonly path?: string; readonly data?: T; readonly error?: Problem }>({});
  const [turn, setTurn] = useState(0);
  const [loading, setLoading] = useState(path !== undefined);
  const underWay = useRef<{ readonly abort: AbortController; isOld: boolean } | undefined>(undefined);
  async function ask(from: string) {
    const own = { abort: new AbortController(), isOld: true };
    underWay.current = own;
    setLoading(true);
    while (own.isOld) {
      own.isOld = false;
      try {
        const data = await get<T>(from, own.abort.signal);
        remember(from, data);
        setState({ path: from, data });
      } catch (error) {
        if (own.abort.signal.aborted) return;
        setState((before) => ({
          path: from,
          ...(before.path === from && before.data !== undefined ? { data: before.data } : {}),
          error: problemIn(error),
        }));
      }
    }
    if (underWay.current !== own) return;
    underWay.current = undefined;
    setLoading(false);
  }
  // Nobody wants to know any more.
  useEffect(
    () => () => {
      underWay.current?.abort.abort();
      underWay.current = undefined;
    },
    [path],
  );
  // An answer that is on its way is waited for before it is asked again: of what changes faster than it is answered, none would come.
  useEffect(() => {
    if (path === undefined) return;
    if (underWay.current === undefined) void ask(path);
    else underWay.current.isOld = true;
  }, [path, turn, digest]);
  const reload = useCallback(() => setTurn((before) => before + 1), []);
  const hindered = useRef(false);
  hindered.current = state.error !== undefined && isOfThePage(state.error);
  // What the whole page was hindered by is over: asked again by itself.
  useEffect(
    () =>
      trouble.subscribe((value) => {
        if (value === undefined && hindered.current) reload();
      }),
    [reload],
  );
  const isOfPath = state.path === path;
  const known = path === undefined ? undefined : (remembered.get(path) as T | undefined);
  return {
    data: isOfPath ? state.data : known,
    error: isOfPath ? state.error : undefined,
    loading: loading || !isOfPath,
    reload,
  };
}

/** Asks again so long after each answer, while somebody looks. `undefined`: no more. */
export function useEvery(everyMs: number | undefined, { loading, reload }: Answer<unknown>): void {
  useEffect(() => {
    if (everyMs === undefined || loading) return;
    const timer = setInterval(() => {
      if (!document.hidden) reload();
    }, everyMs);
    return () => clearInterval(timer);
  }, [everyMs, loading, reload]);
}
