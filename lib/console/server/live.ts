/** Live topics: read while somebody listens, sent when they change. */
import type { Problem } from '../types/shell';
import { problemOf } from './errors';
import type { Context } from './route';

/** Registered by a slice as `topics`. The page names one as `overview`, or with what it is about as `run:orders/3f0c…`. */
export interface Topic {
  /** what stands before the colon */
  readonly name: string;
  /** from one answer to the next question */
  readonly everyMs: { readonly local: number; readonly account: number };
  /** `argument` is what follows the colon; empty without one */
  read(context: Context, argument: string): Promise<unknown>;
  /** some of it is on its way still: it is asked for again soon */
  isUnfinished?(data: unknown): boolean;
}

export type Message =
  | { readonly topic: string; readonly data: unknown }
  | { readonly topic: string; readonly problem: Problem };

/** Takes the text of a `Message`. */
type Listener = (text: string) => void;

interface Watched {
  readonly listeners: Set<Listener>;
  last?: string;
  timer?: NodeJS.Timeout;
  failures: number;
}

const MOST_BACK_OFF = 6;
const MOST_WAIT_MS = 60_000;
/** A cloud that is down is asked often, as nobody pays for it: it should be seen at once when it is back. */
const DOWN_WAIT_MS = 1000;
const SOON_MS = 500;

export class Live {
  readonly #watched = new Map<string, Watched>();

  constructor(
    readonly topicNamed: (name: string) => Promise<Topic | undefined>,
    readonly context: () => Context,
    readonly onProblem: (problem: Problem) => void,
  ) {}

  /** Returns what ends it. */
  subscribe(topics: readonly string[], listener: Listener): () => void {
    for (const topic of topics) this.#join(topic, listener);
    return () => {
      for (const topic of topics) this.#leave(topic, listener);
    };
  }

  close(): void {
    for (const { timer } of this.#watched.values()) clearTimeout(timer);
    this.#watched.clear();
  }

  #join(topic: string, listener: Listener): void {
    const known = this.#watched.get(topic);
    if (known !== undefined) {
      known.listeners.add(listener);
      if (known.last !== undefined) listener(known.last);
      return;
    }
    const watched: Watched = { listeners: new Set([listener]), failures: 0 };
    this.#watched.set(topic, watched);
    void this.#read(topic, watched);
  }

  #leave(topic: string, listener: Listener): void {
    const watched = this.#watched.get(topic);
    watched?.listeners.delete(listener);
    if (watched === undefined || watched.listeners.size > 0) return;
    clearTimeout(watched.timer);
    this.#watched.delete(topic);
  }

  async #read(topic: string, watched: Watched): Promise<void> {
    const [name = '', ...rest] = topic.split(':');
    const of = await this.topicNamed(name);
    const context = this.context();
    let waitMs = of?.everyMs[context.connection.target.kind] ?? MOST_WAIT_MS;
    try {
      if (of === undefined) throw new Error(`There is no topic '${name}'.`);
      const data = await of.read(context, rest.join(':'));
      watched.failures = 0;
      this.#send(watched, { topic, data });
      if (of.isUnfinished?.(data)) waitMs = Math.min(waitMs, SOON_MS);
    } catch (error) {
      watched.failures += 1;
      const { problem } = problemOf(error, context.connection.target.kind);
      if (problem.code === 'fault' && watched.failures === 1) console.error(error);
      this.onProblem(problem);
      const doubled = waitMs * 2 ** Math.min(watched.failures, MOST_BACK_OFF);
      waitMs = problem.code === 'cloud-down' ? DOWN_WAIT_MS : Math.min(MOST_WAIT_MS, doubled);
      this.#send(watched, { topic, problem: { ...problem, againInMs: waitMs } });
    }
    if (this.#watched.get(topic) !== watched) return;
    watched.timer = setTimeout(() => void this.#read(topic, watched), waitMs);
    watched.timer.unref();
  }

  #send(watched: Watched, message: Message): void {
    const text = JSON.stringify(message);
    if (text === watched.last) return;
    watched.last = text;
    for (const listener of watched.listeners) listener(text);
  }
}
