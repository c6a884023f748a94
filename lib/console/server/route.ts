/** What a slice of the console's API is made of. Its routes, and what they are given. */
import type { Connection, Deployed } from '../../operate/connection';
import type { Limits } from '../../operate/rate-limit';

export interface Context {
  /** as it is now: a local cloud that was started anew may have another address */
  readonly connection: Connection;
  readonly readOnly: boolean;
  /** what is deployed; kept for some seconds */
  readonly stacks: () => Promise<Deployed>;
  /** AWS counts what an account asks, not what a page does */
  readonly limits: Limits;
  /** Who asks while another's answer is on its way shares it, and so does who asks within `ttlMs`. An error is not kept. */
  readonly cached: <T>(key: string, ttlMs: number, make: () => Promise<T>) => Promise<T>;
  /** what was read before something was changed */
  readonly forget: () => void;
}

export interface Request {
  /** of the path, decoded */
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  /** of a request with JSON; undefined where there is none. A schema has to check it: `parsed` in `./body` */
  readonly body: unknown;
  /** of an upload: not read yet unless it was JSON */
  readonly stream: NodeJS.ReadableStream;
}

export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** `/api/pipelines/:pipeline/runs`: a parameter is one segment, which may hold an encoded `/` */
  readonly path: string;
  /** changes something: refused in read-only mode */
  readonly acts?: true;
  /** Its answer is sent as JSON, but for a `Download`. What it throws is sent by `problemOf`. */
  handle(request: Request, context: Context): Promise<unknown>;
}

/** An answer that is saved to a file, not looked at: whatever it holds, no browser takes it for a page. */
export class Download {
  constructor(
    readonly fileName: string,
    readonly body: string | Uint8Array | NodeJS.ReadableStream,
  ) {}
}
