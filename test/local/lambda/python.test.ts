/** Functions in Python: on whichever Python 3 is installed. */
import { spawnSync } from 'node:child_process';
import { type Harness, startHarness } from './harness';

const hasPython = spawnSync('python3', ['--version'], { stdio: 'ignore' }).status === 0;
const onPython = hasPython ? test : test.skip;

let lambda: Harness;
beforeAll(async () => {
  lambda = await startHarness();
});
afterAll(() => lambda.stop());

const run = async (name: string, source: string, settings: Record<string, unknown> = {}) => {
  await lambda.define(name, { 'index.py': source }, { Runtime: 'python3.13', ...settings });
  return lambda.invoke(name, { n: 1 }, { LogType: 'Tail' });
};

onPython('a handler gets the event and the context, from a module in a folder; its output is in the log', async () => {
  const source = `
import json, logging, os, sys
print("loaded")
def handler(event, context):
    print("both", "pipes", file=sys.stderr)
    logging.warning("with\\ntwo lines")
    logging.info("not by default")
    left = context.get_remaining_time_in_millis()
    return {**event, "é": "ü", "name": context.function_name, "mb": context.memory_limit_in_mb,
            "left": 0 < left <= 7000, "home": os.environ["HOME"] == os.environ["TMPDIR"], "region": os.environ["AWS_REGION"]}
`;
  await lambda.define(
    'echo',
    { 'pkg/__init__.py': '', 'pkg/mod.py': source },
    {
      Runtime: 'python3.13',
      Handler: 'pkg/mod.handler',
      Timeout: 7,
    },
  );
  const { payload, functionError, log = '' } = await lambda.invoke('echo', { n: 1 }, { LogType: 'Tail' });

  expect({ payload, functionError }).toEqual({
    payload: { n: 1, é: 'ü', name: 'echo', mb: '256', left: true, home: true, region: 'us-east-1' },
  });
  expect(log).toMatch(/^loaded$/m);
  expect(log).toMatch(/^both pipes$/m);
  expect(log).toMatch(/\[WARNING\]\t\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z\t[-\da-f]{36}\twith\rtwo lines\n/);
  expect(log).not.toContain('not by default');
});

onPython('an exception is told as AWS tells it, and the process goes on', async () => {
  const source = `
calls = []
def inner(): raise ValueError("not " + str(len(calls)))
def handler(event, context):
    calls.append(1)
    inner()
`;
  const { payload, functionError, log } = await run('raises', source);

  expect(functionError).toBe('Unhandled');
  expect(payload).toEqual({
    errorMessage: 'not 1',
    errorType: 'ValueError',
    requestId: expect.stringMatching(/^[-\da-f]{36}$/),
    stackTrace: [
      '  File "/var/task/index.py", line 6, in handler\n    inner()\n',
      '  File "/var/task/index.py", line 3, in inner\n    def inner(): raise ValueError("not " + str(len(calls)))\n',
    ],
  });
  expect(log).toContain('[ERROR] ValueError: not 1\rTraceback (most recent call last):\r');
  expect((await lambda.invoke('raises')).payload).toMatchObject({ errorMessage: 'not 2' });
});

describe('what cannot be loaded or answered', () => {
  const CASES = {
    'no such module': [
      'import left_pad_2',
      "Runtime.ImportModuleError: Unable to import module 'index': No module named 'left_pad_2'",
    ],
    'no syntax': [
      'def handler(e, c)\n  pass',
      /^Runtime\.UserCodeSyntaxError: Syntax error in module 'index': .*\(index\.py, line 1\)$/,
    ],
    'no handler': ['x = 1', "Runtime.HandlerNotFound: Handler 'handler' missing on module 'index'"],
    'fails at once': ['raise RuntimeError("no table")', 'RuntimeError: no table'],
    'no JSON': [
      'def handler(e, c): return {1}',
      'Runtime.MarshalError: Unable to marshal response: Object of type set is not JSON serializable',
    ],
    ends: [
      'import os\ndef handler(e, c): os._exit(3)',
      /^Runtime\.ExitError: RequestId: .* Error: Runtime exited with error: exit status 3$/,
    ],
    'no memory': [
      'def handler(e, c):\n  a = []\n  while True: a.append(bytearray(1000000))',
      /^Runtime\.ExitError: .* signal: killed$/,
    ],
  } as const;

  (hasPython ? test : test.skip).each(Object.entries(CASES))('%s', async (name, [source, told]) => {
    const { payload, functionError } = await run(name.replaceAll(' ', '-'), source, { Timeout: 60 });
    const { errorType, errorMessage } = payload;

    expect(functionError).toBe('Unhandled');
    const text = `${errorType}: ${errorMessage}`;
    if (typeof told === 'string') expect(text).toBe(told);
    else expect(text).toMatch(told);
  });
});

onPython('decimals are numbers, and the JSON log format has its members', async () => {
  const source = `
import logging
from decimal import Decimal
def handler(event, context):
    logging.getLogger("mine").error("x")
    return {"price": Decimal("1.50")}
`;
  const { payload, log = '' } = await run('json', source, { LoggingConfig: { LogFormat: 'JSON' } });

  expect(payload).toEqual({ price: 1.5 });
  const lines = log
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(lines).toContainEqual({
    timestamp: expect.any(String),
    level: 'ERROR',
    message: 'x',
    logger: 'mine',
    requestId: expect.any(String),
  });
});
