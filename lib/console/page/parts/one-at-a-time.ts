/** Pages of a list that changes while it is looked at: no answer of before stays there. */

export interface PageAsker {
  /** Asks for a page, unless that is under way. */
  ask(page: number): Promise<void>;
  /** The list has changed: each answer that is on its way may be of before, and is asked for again after it. */
  renew(): void;
}

/** `ask` never rejects. */
export function oneAtATime(ask: (page: number) => Promise<void>): PageAsker {
  const underWay = new Map<number, { isOld: boolean }>();
  return {
    async ask(page) {
      if (underWay.has(page)) return;
      const own = { isOld: true };
      underWay.set(page, own);
      while (own.isOld) {
        own.isOld = false;
        await ask(page);
      }
      underWay.delete(page);
    },
    renew() {
      for (const one of underWay.values()) one.isOld = true;
    },
  };
}
