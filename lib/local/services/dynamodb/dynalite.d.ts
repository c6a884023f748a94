/** The parts of dynalite that its server is put together of. */
declare module 'dynalite/db/index.js' {
  export type Callback<T = unknown> = (error: Failure | null, value?: T) => void;

  /** With a status where it is an answer. */
  export interface Failure extends Error {
    readonly statusCode?: number;
    readonly body?: Readonly<Record<string, unknown>>;
  }

  /** LevelDB, with callbacks in place of promises. */
  export interface Level {
    open(options: { readonly maxOpenFiles: number }): Promise<void>;
    getSync(key: string): unknown;
    get(key: string, callback: Callback): void;
    put(key: string, value: unknown, callback: Callback): void;
    /** Closed once they are gone through, or left. */
    keys(options?: object): AsyncIterable<string>;
    values(options?: object): AsyncIterable<unknown>;
    createKeyStream(options?: object): import('node:stream').Readable;
    createValueStream(options?: object): import('node:stream').Readable;
    batch(operations: readonly LevelPut[], callback: Callback): void;
  }

  export interface LevelPut {
    readonly type: 'put';
    readonly key: string;
    readonly value: unknown;
  }

  export interface Store {
    readonly db: Level;
    readonly lifecycleManager: { gracefulClose(): Promise<void> };
  }

  interface Options {
    readonly path?: string;
    readonly createTableMs?: number;
    readonly deleteTableMs?: number;
    readonly updateTableMs?: number;
  }
  export function create(options: Options): Store;
}

declare module 'dynalite/validations/index.js' {
  import type { Store } from 'dynalite/db/index.js';

  type Data = Record<string, unknown>;
  export function checkTypes(data: Data, types: Data): Data;
  export function checkValidations(data: Data, types: Data, custom: unknown, store: Store): void;
}

declare module 'dynalite/db/conditionParser.js' {
  const parser: import('./parsed-expressions').Parser;
  export default parser;
}
declare module 'dynalite/db/updateParser.js' {
  const parser: import('./parsed-expressions').Parser;
  export default parser;
}
declare module 'dynalite/db/projectionParser.js' {
  const parser: import('./parsed-expressions').Parser;
  export default parser;
}
