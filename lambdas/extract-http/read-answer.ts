/** From an answer's bytes to its rows. What is not rows is an error that says what it is. */
import { isUtf8 } from 'node:buffer';
import { UnreadableAnswer } from '../../lib/tasks/errors';
import type { HttpConfig } from '../../lib/tasks/extract-rows';
import { parseJson } from '../shared/rows/parse-json';
import { type Path, parsePath, valueAt } from '../shared/rows/paths';
import { isWrittenNumber } from '../shared/rows/value-text';
import { type Hidden, quotingError, showBody } from './explain';
import { type Answer, TryAgain } from './request';

export interface Page {
  readonly rows: readonly unknown[];
  /** the whole answer, where the way to the next page may be */
  readonly document: unknown;
  readonly answer: Answer;
}

export interface ReadOptions {
  readonly rows: string;
  /** members that a row may have: an answer that is one object without any of them is no row */
  readonly members: ReadonlySet<string>;
  readonly hidden: Hidden;
}

/** Only these are said of errors: other members are data. */
const ERROR_MEMBERS = ['error', 'errors', 'message', 'error_description', 'detail', 'title', 'fault'];
const MOST_NAMED_MEMBERS = 10;

/** @throws {UnreadableAnswer} {TryAgain} */
export function readAnswer(answer: Answer, options: ReadOptions): Page {
  const { shownUrl, status, body } = answer;
  if (status === 204 || body.length === 0) return emptyPage(answer, options);
  const document = parse(answer, options.hidden);
  const path = pathOf(options.rows);
  const found = valueAt(document, path);
  if (Array.isArray(found)) return { rows: found, document, answer };
  // An empty page of some servers.
  if (found === null && path.length > 0) return { rows: [], document, answer };
  const isObject = typeof found === 'object' && found !== null && !isWrittenNumber(found);
  if (isObject && !(path.length === 0 && isError(found, options.members))) return { rows: [found], document, answer };
  const said = errorIn(document);
  const shown = showBody(decode(answer), options.hidden);
  throw new UnreadableAnswer(
    said
      ? `${shownUrl} answers with status ${status}, but with an error in place of rows: ${shown}. Correct what it complains of.`
      : `${shownUrl} has no rows at ${options.rows === '' ? 'its top' : `'${options.rows}'`}: ${membersOf(document)}; it begins with ${shown}. If rows lie elsewhere now, correct the source's rows.`,
  );
}

function emptyPage(answer: Answer, { rows, hidden }: ReadOptions): Page {
  if (answer.status === 204) return { rows: [], document: undefined, answer };
  // Nothing at all where JSON was due: a proxy's doing, more often than the server's.
  const message = `${answer.shownUrl} answers with status ${answer.status} and ${showBody('', hidden)}`;
  throw new TryAgain(
    message,
    new UnreadableAnswer(
      `${message}, where ${rows === '' ? 'a document' : `'${rows}'`} was due. See what it answers now.`,
    ),
  );
}

function parse(answer: Answer, hidden: Hidden): unknown {
  const bytes = utf8Of(answer);
  try {
    return parseJson(bytes);
  } catch (error) {
    const { shownUrl, status, headers } = answer;
    const text = decode(answer);
    const shown = showBody(text, hidden);
    const { reason, options } = quotingError(error, hidden);
    const type = headers.get('content-type') ?? 'no content type';
    if (text.trimStart().startsWith('<')) {
      const what = /^\s*<\?xml/i.test(text) ? 'XML' : 'an HTML page';
      // A login page stays; one that says "back soon" goes.
      const message = `${shownUrl} answers with status ${status} and ${what} (${type}) in place of JSON: ${shown}`;
      throw new TryAgain(
        message,
        new UnreadableAnswer(
          `${message}. It may be a login or maintenance page: see the url in a browser, and correct it or the secret.`,
          options,
        ),
      );
    }
    if (/^\s*[[{]/.test(text)) {
      const message = `${shownUrl} answers with ${text.length} characters of JSON that break off or are wrong (${reason}); it begins with ${shown}`;
      throw new TryAgain(
        message,
        new UnreadableAnswer(`${message}. Ask for smaller pages, or report it to who runs the API.`, options),
      );
    }
    throw new UnreadableAnswer(
      `${shownUrl} answers with status ${status} and ${type}, which is not JSON: ${shown}. Correct the url, or add the parameter or header that asks for JSON.`,
      options,
    );
  }
}

const BYTE_ORDER_MARK = Buffer.from('\uFEFF');

/** As they came, but for what the answer says is of another charset. */
function utf8Of(answer: Answer): Buffer {
  const { body } = answer;
  if (decoderOf(answer).encoding !== 'utf-8' || !isUtf8(body)) return Buffer.from(decode(answer));
  return body.subarray(0, BYTE_ORDER_MARK.length).equals(BYTE_ORDER_MARK)
    ? body.subarray(BYTE_ORDER_MARK.length)
    : body;
}

function decode(answer: Answer): string {
  const decoder = decoderOf(answer);
  try {
    return decoder.decode(answer.body);
  } catch (error) {
    throw new UnreadableAnswer(
      `${answer.shownUrl} answers with bytes that are not ${decoder.encoding}. If they are of another charset, the server has to say so in content-type.`,
      { cause: error },
    );
  }
}

/** Of UTF-8, or what the answer says. */
function decoderOf({ headers, shownUrl }: Answer): InstanceType<typeof TextDecoder> {
  const charset = /charset\s*=\s*"?([^\s;"]+)/i.exec(headers.get('content-type') ?? '')?.[1] ?? 'utf-8';
  try {
    return new TextDecoder(charset, { fatal: true });
  } catch (error) {
    throw new UnreadableAnswer(`${shownUrl} answers in the charset '${charset}', which nobody knows.`, {
      cause: error,
    });
  }
}

const paths = new Map<string, Path>();

function pathOf(text: string): Path {
  const known = paths.get(text);
  if (known) return known;
  const path = parsePath(text);
  if (!path) throw new UnreadableAnswer(`'${text}' is no path to rows. Write it as data.items or results[0].rows.`);
  paths.set(text, path);
  return path;
}

/** An object that says an error, and has nothing of a row. */
function isError(found: object, members: ReadonlySet<string>): boolean {
  return errorIn(found) && !Object.keys(found).some((name) => members.has(name));
}

const errorIn = (document: unknown): boolean =>
  typeof document === 'object' && document !== null && ERROR_MEMBERS.some((name) => Object.hasOwn(document, name));

function membersOf(document: unknown): string {
  if (Array.isArray(document)) return `it is an array of ${document.length}`;
  if (typeof document !== 'object' || document === null)
    return `it is ${document === null ? 'null' : `a ${typeof document}`}`;
  const names = Object.keys(document);
  const shown = names.slice(0, MOST_NAMED_MEMBERS).join(', ');
  return names.length === 0
    ? 'it is an empty object'
    : `it has ${shown}${names.length > MOST_NAMED_MEMBERS ? ', …' : ''}`;
}

/** Where columns of the contract are looked for in a row, at its top. */
export function membersFor(
  columns: readonly { readonly name: string; readonly from?: string | undefined }[],
): Set<string> {
  return new Set(columns.map(({ name, from }) => String((from && parsePath(from)?.[0]) ?? from ?? name)));
}

export type Paging = NonNullable<HttpConfig['paginate']>;
