/** What stands between a console and its cloud, and can be told to answer as AWS does when it will not. */
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export type Trouble = 'none' | 'throttled' | 'expired' | 'down';

export interface TroubledCloud {
  readonly endpoint: string;
  trouble: Trouble;
  close(): Promise<void>;
}

const ERRORS: Readonly<Record<'throttled' | 'expired', readonly [code: string, message: string]>> = {
  throttled: ['ThrottlingException', 'Rate exceeded'],
  expired: ['ExpiredTokenException', 'The security token included in the request is expired'],
};

export async function startTroubledCloud(behind: string): Promise<TroubledCloud> {
  const to = new URL(behind);
  const server = createServer((asked, answer) => {
    const { trouble } = troubled;
    if (trouble === 'down') answer.destroy();
    else if (trouble === 'none') forward(asked, answer, to);
    else refuse(asked, answer, ...ERRORS[trouble]);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const troubled: TroubledCloud = {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    trouble: 'none',
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return troubled;
}

function forward(asked: IncomingMessage, answer: ServerResponse, { hostname, port }: URL): void {
  const { method, url, headers } = asked;
  const passed = request({ hostname, port, method, path: url, headers }, (got) => {
    answer.writeHead(got.statusCode!, got.headers);
    got.pipe(answer);
  });
  passed.on('error', () => answer.destroy());
  asked.pipe(passed);
}

/** In the form of the protocol that was spoken. */
function refuse(asked: IncomingMessage, answer: ServerResponse, code: string, message: string): void {
  asked.resume();
  const isXml = /urlencoded/.test(asked.headers['content-type'] ?? '');
  const body = isXml
    ? `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error><RequestId>1</RequestId></ErrorResponse>`
    : JSON.stringify({ __type: code, message });
  answer.writeHead(400, {
    'content-type': isXml ? 'text/xml' : 'application/x-amz-json-1.0',
    'x-amzn-errortype': code,
  });
  answer.end(body);
}
