/** Ends requests whose body does not come: a sender that pauses forever would keep its connection for as long. */
import type { IncomingMessage, ServerResponse } from 'node:http';

export interface SlowBodies {
  watch(request: IncomingMessage, response: ServerResponse): void;
  stop(): void;
}

interface Watched {
  readonly response: ServerResponse;
  bytes: number;
  since: number;
}

/** As S3 words it. */
const ANSWER =
  '<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>RequestTimeout</Code><Message>Your socket connection to the server was not read from or written to within the timeout period. Idle connections will be closed.</Message></Error>';

export function watchSlowBodies(idleMs: number): SlowBodies {
  const watched = new Map<IncomingMessage, Watched>();
  const look = () => {
    const now = Date.now();
    for (const [request, one] of watched) {
      const { bytesRead, destroyed } = request.socket;
      if (request.complete || destroyed) watched.delete(request);
      else if (bytesRead !== one.bytes) Object.assign(one, { bytes: bytesRead, since: now });
      else if (now - one.since > idleMs) {
        watched.delete(request);
        end(request, one.response);
      }
    }
  };
  const timer = setInterval(look, Math.max(10, idleMs / 4)).unref();
  return {
    watch(request, response) {
      if (request.headers['content-length'] === undefined && request.headers['transfer-encoding'] === undefined) return;
      watched.set(request, { response, bytes: request.socket.bytesRead, since: Date.now() });
      // Thousands a second that are all there would be held until somebody looks.
      request.once('end', () => watched.delete(request));
    },
    stop: () => clearInterval(timer),
  };
}

function end(request: IncomingMessage, response: ServerResponse): void {
  if (!response.headersSent) {
    response.writeHead(400, { 'content-type': 'application/xml', connection: 'close' });
    response.end(ANSWER, () => request.destroy());
  } else request.destroy();
}
