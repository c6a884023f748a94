/**
 * dynalite, run inside this process: what its server does with a request that has come, without HTTP between the two, which took half of
 * the time of a small one.
 */
import { mkdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { Readable } from 'node:stream';
import type { Failure, Level, LevelPut, Store } from 'dynalite/db/index.js';
import type { CloudContext } from '../../service';
import { keepParsed } from './parsed-expressions';

export interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

export interface Engine {
  /** @param input as JSON on the wire has it; it is not the caller's any more */
  send(operation: string, input: object): Promise<Answer>;
  close(): Promise<void>;
}

type Data = Record<string, unknown>;

interface Operation {
  readonly types: Data;
  readonly custom?: unknown;
  act(store: Store, data: Data, callback: (error: Failure | null, answer?: Data) => void): void;
}

export async function openEngine(cloud: CloudContext, folder: string): Promise<Engine> {
  await mkdir(folder, { recursive: true });
  const [{ create }, validations, ...parsers] = await Promise.all([
    import('dynalite/db/index.js'),
    import('dynalite/validations/index.js'),
    import('dynalite/db/conditionParser.js'),
    import('dynalite/db/updateParser.js'),
    import('dynalite/db/projectionParser.js'),
  ]);
  for (const { default: parser } of parsers) keepParsed(parser);
  const store = withEnvironment({ AWS_REGION: cloud.region, AWS_ACCOUNT_ID: cloud.account }, () =>
    create({ path: folder, createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 }),
  );
  await store.db.open({ maxOpenFiles: MOST_OPEN_FILES });
  closeWhatWasRead(store.db);
  readAtOnce(store.db);
  writeTogether(store.db);
  const operations = new Map<string, Operation>();
  const underWay = new Set<Promise<unknown>>();

  const act = (name: string, input: object) =>
    new Promise<Answer>((resolve, reject) => {
      const operation = operations.get(name) ?? load(name);
      operations.set(name, operation);
      const settle = (error: Failure | null, answer: Data = {}) => {
        if (!error) resolve({ status: 200, body: answer });
        else if (error.statusCode !== undefined) resolve({ status: error.statusCode, body: error.body ?? {} });
        else reject(error);
      };
      try {
        const data = validations.checkTypes(input as Data, operation.types);
        validations.checkValidations(data, operation.types, operation.custom, store);
        operation.act(store, data, settle);
      } catch (error) {
        settle(error as Failure);
      }
    });

  return {
    async send(operation, input) {
      const answer = act(operation, input);
      const ended = answer.catch(() => undefined).finally(() => underWay.delete(ended));
      underWay.add(ended);
      return answer;
    },
    async close() {
      await Promise.all(underWay);
      await store.lifecycleManager.gracefulClose();
    },
  };
}

/** Each is mapped into memory, 2 MB, for as long as it is open. */
const MOST_OPEN_FILES = 64;

const require = createRequire(__filename);

function load(name: string): Operation {
  const file = `${name[0]!.toLowerCase()}${name.slice(1)}.js`;
  return { ...require(`dynalite/validations/${file}`), act: require(`dynalite/actions/${file}`) };
}

/** dynalite leaves the iterators of queries open, and LevelDB keeps the files that one may still read, on disk and in memory. */
function closeWhatWasRead(db: Level): void {
  db.createKeyStream = (options) => Readable.from(db.keys(options));
  db.createValueStream = (options) => Readable.from(db.values(options));
}

/** An item is in memory, mostly: to have a thread read it takes several times as long. */
function readAtOnce(db: Level): void {
  db.get = (key, callback) => {
    let found: unknown;
    try {
      found = db.getSync(key);
    } catch (error) {
      process.nextTick(callback, error);
      return;
    }
    process.nextTick(callback, null, found);
  };
}

/** Items that are written at the same time go to LevelDB's log in one write, and each is answered when that is done. */
function writeTogether(db: Level): void {
  let pending: { readonly put: LevelPut; readonly callback: (error: Failure | null) => void }[] = [];
  let isWriting = false;
  const write = () => {
    const some = pending;
    pending = [];
    isWriting = some.length > 0;
    if (!isWriting) return;
    db.batch(
      some.map(({ put }) => put),
      (error) => {
        for (const { callback } of some) callback(error);
        write();
      },
    );
  };
  db.put = (key, value, callback) => {
    pending.push({ put: { type: 'put', key, value }, callback });
    if (isWriting) return;
    isWriting = true;
    setImmediate(write);
  };
}

/** dynalite takes the region and account of its ARNs from the environment, once, when it is created. */
function withEnvironment<T>(values: Readonly<Record<string, string>>, run: () => T): T {
  const before = Object.keys(values).map((name) => [name, process.env[name]] as const);
  Object.assign(process.env, values);
  try {
    return run();
  } finally {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  }
}
