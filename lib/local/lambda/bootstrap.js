/**
 * Runs inside each function process: loads the handler and speaks the Lambda Runtime API, as AWS's own Node.js runtime does.
 * Plain JavaScript of Node.js alone, for nothing may stand between the bundle and the process that AWS would not have there.
 */

const http = require('node:http');
const Module = require('node:module');
const path = require('node:path');
const fs = require('node:fs');
const { inspect, format } = require('node:util');
const { pathToFileURL } = require('node:url');

const TASK_ROOT = process.env.LAMBDA_TASK_ROOT;
const [API_HOST, API_PORT] = process.env.AWS_LAMBDA_RUNTIME_API.split(':');
const API_PATH = '/2018-06-01/runtime';
const UNCAUGHT_EXIT_CODE = 129;
const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });

let requestId;

dieWithParent();
hideModulesOutsideTheBundle();
patchConsole();
run();

async function run() {
  let handler;
  try {
    handler = await loadHandler(process.env._HANDLER);
  } catch (error) {
    await report('/init/error', error);
    process.exit(1);
  }
  const onUncaught = (wrap) => async (reason) => {
    const error = wrap(reason);
    logError('Uncaught Exception', error);
    await report(requestId === undefined ? '/init/error' : `/invocation/${requestId}/error`, error);
    process.exit(UNCAUGHT_EXIT_CODE);
  };
  process.on(
    'uncaughtException',
    onUncaught((error) => error),
  );
  process.on('unhandledRejection', onUncaught(unhandledRejection));

  for (;;) {
    const { headers, body } = await call('GET', '/invocation/next');
    await invoke(handler, headers, body);
  }
}

async function invoke(handler, headers, body) {
  requestId = headers['lambda-runtime-aws-request-id'];
  process.env._X_AMZN_TRACE_ID = headers['lambda-runtime-trace-id'];
  let answer;
  let target = 'response';
  try {
    const result = await runHandler(handler, JSON.parse(body), contextOf(headers));
    answer = serialize(result);
  } catch (error) {
    logError('Invoke Error', error);
    answer = JSON.stringify(describe(error));
    target = 'error';
  }
  // Tells the host that all output of this invocation is in the pipes.
  for (const stream of [process.stdout, process.stderr]) stream.write(`\uE000END ${requestId}\uE000\n`);
  const id = requestId;
  requestId = undefined;
  await call('POST', `/invocation/${id}/${target}`, answer);
}

/** Handlers may be async, return a promise, or call back. */
function runHandler(handler, event, context) {
  return new Promise((resolve, reject) => {
    const callback = (error, result) => (error === undefined || error === null ? resolve(result) : reject(error));
    const result = handler(event, context, callback);
    if (result !== null && typeof result === 'object' && typeof result.then === 'function')
      result.then(resolve, reject);
    else if (handler.length < 3) resolve(result);
  });
}

function contextOf(headers) {
  const deadline = Number(headers['lambda-runtime-deadline-ms']);
  const clientContext = headers['lambda-runtime-client-context'];
  return {
    callbackWaitsForEmptyEventLoop: true,
    functionVersion: process.env.AWS_LAMBDA_FUNCTION_VERSION,
    functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
    memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: process.env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: process.env.AWS_LAMBDA_LOG_STREAM_NAME,
    clientContext: clientContext ? JSON.parse(clientContext) : undefined,
    identity: undefined,
    invokedFunctionArn: headers['lambda-runtime-invoked-function-arn'],
    awsRequestId: headers['lambda-runtime-aws-request-id'],
    getRemainingTimeInMillis: () => Math.max(0, deadline - Date.now()),
  };
}

function serialize(result) {
  try {
    return JSON.stringify(result) ?? 'null';
  } catch {
    throw named('Runtime.MarshalError', 'Unable to stringify response body');
  }
}

async function loadHandler(setting) {
  const folder = path.dirname(setting);
  const [, file, exported] = /^([^.]*)\.(.+)$/.exec(path.basename(setting)) ?? [];
  if (file === undefined) throw named('Runtime.MalformedHandlerName', `Bad handler: ${setting}`);
  const base = path.resolve(TASK_ROOT, folder, file);
  const found = ['.js', '.mjs', '.cjs', ''].map((extension) => base + extension).find((name) => fs.existsSync(name));
  if (found === undefined)
    throw named('Runtime.ImportModuleError', `Error: Cannot find module '${path.join(folder, file)}'`);
  const loaded = await load(found);
  const handler = exported.split('.').reduce((value, key) => value?.[key], loaded);
  if (handler === undefined) throw named('Runtime.HandlerNotFound', `${setting} is undefined or not exported`);
  if (typeof handler !== 'function') throw named('Runtime.HandlerNotFound', `${setting} is not a function`);
  return handler;
}

async function load(file) {
  try {
    return file.endsWith('.mjs') || (file.endsWith('.js') && isInModulePackage(file))
      ? await import(pathToFileURL(file).href)
      : require(file);
  } catch (error) {
    if (error instanceof SyntaxError)
      throw named('Runtime.UserCodeSyntaxError', `SyntaxError: ${error.message}`, error);
    if (error?.code === 'MODULE_NOT_FOUND' || error?.code === 'ERR_MODULE_NOT_FOUND')
      throw named('Runtime.ImportModuleError', `Error: ${error.message}`, error);
    throw error;
  }
}

function isInModulePackage(file) {
  for (let folder = path.dirname(file); folder.startsWith(TASK_ROOT); folder = path.dirname(folder)) {
    try {
      return JSON.parse(fs.readFileSync(path.join(folder, 'package.json'), 'utf8')).type === 'module';
    } catch {
      if (folder === TASK_ROOT) return false;
    }
  }
  return false;
}

/**
 * The bundle lies inside a project here, but not on AWS. Without this a package that is missing from the bundle would be found in
 * the project's node_modules, and the mistake would show after the deploy only. NODE_PATH (layers) still counts.
 */
function hideModulesOutsideTheBundle() {
  const original = Module._nodeModulePaths;
  const inside = (folder) => folder === TASK_ROOT || folder.startsWith(TASK_ROOT + path.sep);
  Module._nodeModulePaths = (from) => (inside(path.resolve(from)) ? original(from).filter(inside) : original(from));
}

/**
 * The host keeps this process's stdin open; when the host dies, however it dies, stdin ends. A handler in an endless loop does not see
 * that: the host's watchdog ends it, or where there is no shell a thread of its own.
 */
function dieWithParent() {
  const watch = () => {
    const stdin = new (require('node:net').Socket)({ fd: 0, readable: true, writable: false });
    const die = () => process.kill(process.pid, 'SIGKILL');
    return stdin.on('error', die).on('end', die).on('close', die).resume();
  };
  if (process.platform !== 'win32') {
    watch().unref();
    return;
  }
  const { Worker } = require('node:worker_threads');
  const resourceLimits = { maxOldGenerationSizeMb: 32, maxYoungGenerationSizeMb: 4 };
  const watcher = new Worker(`(${watch})()`, { eval: true, env: {}, execArgv: [], resourceLimits });
  // Without the thread the event loop watches: an endless loop would outlive the host then, but nothing else.
  watcher.on('error', () => process.stdin.on('close', () => process.exit(1)).resume());
  watcher.unref();
}

function patchConsole() {
  const asJson = process.env.AWS_LAMBDA_LOG_FORMAT === 'JSON';
  const write = (level, values) => {
    const timestamp = new Date().toISOString();
    const message = format(...values);
    const line = asJson
      ? JSON.stringify({ timestamp, level, requestId, message })
      : `${timestamp}\t${requestId ?? 'undefined'}\t${level}\t${message.replace(/\n/g, '\r')}`;
    process.stdout.write(`${line}\n`);
  };
  const levels = { log: 'INFO', info: 'INFO', debug: 'DEBUG', trace: 'TRACE', warn: 'WARN', error: 'ERROR' };
  for (const [method, level] of Object.entries(levels)) console[method] = (...values) => write(level, values);
}

function logError(what, error) {
  console.error(`${what} \t${JSON.stringify({ ...describe(error), stack: describe(error).trace, trace: undefined })}`);
}

function describe(error) {
  if (error instanceof Error || (error && typeof error === 'object' && 'message' in error && 'name' in error)) {
    return {
      errorType: error.name || 'Error',
      errorMessage: String(error.message),
      trace: String(error.stack ?? '').split('\n'),
    };
  }
  return { errorType: typeof error, errorMessage: typeof error === 'string' ? error : inspect(error), trace: [] };
}

function unhandledRejection(reason) {
  const error = named(
    'Runtime.UnhandledPromiseRejection',
    reason instanceof Error ? `${reason.name}: ${reason.message}` : inspect(reason),
  );
  if (reason instanceof Error) error.stack = reason.stack;
  return error;
}

function named(name, message, cause) {
  const error = new Error(message, cause === undefined ? undefined : { cause });
  error.name = name;
  return error;
}

async function report(target, error) {
  const answer = JSON.stringify(describe(error));
  await call('POST', target, answer, { 'lambda-runtime-function-error-type': describe(error).errorType }).catch(
    () => {},
  );
}

function call(method, target, body, headers = {}) {
  return new Promise((resolve, reject) => {
    const request = http.request(
      {
        host: API_HOST,
        port: API_PORT,
        method,
        path: API_PATH + target,
        agent,
        headers:
          body === undefined
            ? headers
            : { ...headers, 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) },
      },
      (response) => {
        const chunks = [];
        response.on('data', (chunk) => chunks.push(chunk));
        response.on('end', () => resolve({ headers: response.headers, body: Buffer.concat(chunks).toString('utf8') }));
        response.on('error', reject);
      },
    );
    // The host is gone, or has given up this environment.
    request.on('error', (error) => (method === 'GET' ? process.exit(0) : reject(error)));
    request.end(body);
  });
}
