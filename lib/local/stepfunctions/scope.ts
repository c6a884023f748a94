import { Cancelled } from './errors';

/** What can be ended together: an execution, the branches of a Parallel state, the iterations of a Map state. */
export class Scope {
  #cancelled = false;
  readonly #onCancel = new Set<() => void>();

  get cancelled(): boolean {
    return this.#cancelled;
  }

  /** A scope that ends with this one. Call `release` when it is no longer needed. */
  child(): { scope: Scope; release: () => void } {
    const scope = new Scope();
    if (this.#cancelled) scope.cancel();
    const cancel = () => scope.cancel();
    this.#onCancel.add(cancel);
    return { scope, release: () => this.#onCancel.delete(cancel) };
  }

  cancel(): void {
    if (this.#cancelled) return;
    this.#cancelled = true;
    for (const listener of [...this.#onCancel]) listener();
    this.#onCancel.clear();
  }

  check(): void {
    if (this.#cancelled) throw new Cancelled();
  }

  /**
   * A promise that rejects with `Cancelled` when the scope is. `start` gets the way to settle it and may return what
   * cleans up once it is settled in whichever way.
   */
  wait<T>(
    start: (resolve: (value: T) => void, reject: (error: unknown) => void) => (() => void) | undefined,
  ): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      let settled = false;
      let cleanUp: (() => void) | undefined;
      const settle = (act: () => void) => {
        if (settled) return;
        settled = true;
        this.#onCancel.delete(cancel);
        act();
        cleanUp?.();
      };
      const cancel = () => settle(() => reject(new Cancelled()));
      if (this.#cancelled) return cancel();
      this.#onCancel.add(cancel);
      cleanUp = start(
        (value) => settle(() => resolve(value)),
        (error) => settle(() => reject(error)),
      );
      if (settled) cleanUp?.();
    });
  }
}
