/** Ctrl-C: the first asks for a clean end, the second ends at once. */
export interface Interruption {
  readonly signal: AbortSignal;
  /** resolves when it comes */
  readonly asked: Promise<void>;
  release(): void;
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

export function onInterrupt(first: () => void): Interruption {
  const controller = new AbortController();
  let resolve: () => void = () => {};
  const asked = new Promise<void>((done) => {
    resolve = done;
  });
  const since = { first: 0 };
  const heard = () => {
    // One Ctrl-C can be heard twice: from the terminal, and handed on by npm or tsx.
    if (controller.signal.aborted) {
      if (Date.now() - since.first > SAME_MS) process.exit(130);
      return;
    }
    since.first = Date.now();
    first();
    controller.abort();
    resolve();
  };
  for (const name of SIGNALS) process.on(name, heard);
  return {
    signal: controller.signal,
    asked,
    release: () => {
      for (const name of SIGNALS) process.off(name, heard);
    },
  };
}

const SAME_MS = 1000;
