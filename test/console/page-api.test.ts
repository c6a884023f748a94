/** How the page asks, of a server that is cut off in the middle of an answer. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { oneAtATime } from '../../lib/console/page/parts/one-at-a-time';
import { get } from '../../lib/console/page/shell/api';

let server: Server;
let origin: string;
let halfSent: Promise<{ cut(): void }>;

beforeAll(async () => {
  server = createServer((_, response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.write('{"visits": [');
    announce({ cut: () => response.destroy() });
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
beforeEach(() => {
  halfSent = new Promise((resolve) => {
    announce = resolve;
  });
});
afterAll(() => {
  server.close();
  server.closeAllConnections();
});
let announce: (half: { cut(): void }) => void;

test('an answer that is not wanted any more before it was whole is none', async () => {
  const abort = new AbortController();
  const fetched = jest.spyOn(globalThis, 'fetch');
  const answer = get(origin, abort.signal);
  // Its head has come, its body has not.
  await fetched.mock.results[0]!.value;
  abort.abort();

  await expect(answer).rejects.toMatchObject({ name: 'AbortError' });
});

test('half an answer is no answer: the console is gone', async () => {
  const answer = get(origin);
  (await halfSent).cut();

  await expect(answer).rejects.toMatchObject({ name: 'ProblemError', problem: { code: 'console-down' } });
});

test('a page that is asked for when the list has changed is asked for again, after the answer of before; else once at a time', async () => {
  const answers: (() => void)[] = [];
  const { ask, renew } = oneAtATime(() => new Promise((resolve) => answers.push(resolve)));
  const asked = ask(3);
  void ask(3);
  expect(answers).toHaveLength(1);

  renew();
  expect(answers).toHaveLength(1);
  answers[0]!();
  await new Promise(setImmediate);
  expect(answers).toHaveLength(2);

  answers[1]!();
  await asked;
  void ask(3);
  expect(answers).toHaveLength(3);
});
