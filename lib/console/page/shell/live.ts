/** Live topics: one stream of server-sent events for all that the page shows. */
import { useEffect, useState } from 'preact/hooks';
import type { Problem } from '../../types/shell';
import { type Answer, get, remember, useApi } from './api';
import { forget, isOfThePage, noteProblem, noteWell } from './health';

type Message = { readonly topic: string; readonly data?: unknown; readonly problem?: Problem };
type Listener = (message: Message) => void;

const listeners = new Map<string, Set<Listener>>();
let source: EventSource | undefined;
let opened = '';
let retry: ReturnType<typeof setTimeout> | undefined;

const RETRY_MS = 2000;

function listen(topic: string, listener: Listener): () => void {
  const all = listeners.get(topic) ?? new Set();
  listeners.set(topic, all.add(listener));
  reopen();
  return () => {
    all.delete(listener);
    if (all.size === 0) {
      listeners.delete(topic);
      forget(topic);
    }
    reopen();
  };
}

/** Once for all that changes at the same time, as when a view gives way to another. Nobody looks at a hidden page. */
function reopen(): void {
  queueMicrotask(() => {
    const topics = document.hidden ? [] : [...listeners.keys()].sort();
    const wanted = new URLSearchParams(topics.map((topic) => ['topic', topic])).toString();
    if (wanted === opened) return;
    opened = wanted;
    source?.close();
    source = wanted === '' ? undefined : open(`/api/live?${wanted}`);
  });
}

document.addEventListener('visibilitychange', reopen);

function open(url: string): EventSource {
  const events = new EventSource(url);
  events.onmessage = ({ data }: MessageEvent<string>) => {
    const message = JSON.parse(data) as Message;
    if (message.problem === undefined) noteWell(message.topic);
    else noteProblem(message.topic, message.problem);
    for (const listener of listeners.get(message.topic) ?? []) listener(message);
  };
  events.onerror = () => {
    events.close();
    clearTimeout(retry);
    retry = setTimeout(again, RETRY_MS);
    // Says whether the console is gone, or does not know us any more.
    void get('/api/about').catch(() => {});
  };
  return events;
}

/** Asks at once for all that is live, instead of when its time comes. */
export function again(): void {
  opened = '';
  source?.close();
  reopen();
}

/** The latest data of a topic: what `path` answers first, which has the same shape, then what the topic says. */
export function useLive<T>(topic: string, path: string): Answer<T> {
  const first = useApi<T>(path);
  const [state, setState] = useState<{ readonly topic: string; readonly data?: T; readonly problem?: Problem }>();
  useEffect(
    () =>
      listen(topic, ({ data, problem }) => {
        if (problem === undefined) {
          remember(path, data);
          setState({ topic, data: data as T });
        } else if (!isOfThePage(problem))
          setState((before) => ({ ...(before?.topic === topic ? before : {}), topic, problem }));
      }),
    [topic, path],
  );
  const own = state?.topic === topic ? state : undefined;
  return {
    data: own?.data ?? first.data,
    error: own === undefined ? first.error : own.problem,
    loading: own?.data === undefined && first.loading,
    reload: first.reload,
  };
}
