/**
 * Finds the elements of one JSON array in a document of any length: what stands before the array, at a path, is passed over byte by
 * byte, elements are told one at a time, and the rest is looked at only for whether the document ends.
 */
import { unreadable } from '../shared/inspect-head';
import { MOST_RECORD_BYTES } from './read-blocks';

export interface JsonArrayPlace {
  /** names the file in messages */
  readonly file: string;
  /** members that lead to the array; none: the document is the array */
  readonly path: readonly string[];
}

export interface Elements {
  /** False: it cannot be taken now, and is told again next time. */
  element(from: number, to: number): boolean;
  /** One that is too long to be kept; its end has not come yet. */
  endless(from: number, to: number): void;
  lines(count: number): void;
}

const [QUOTE, COMMA, COLON, BACKSLASH] = [34, 44, 58, 92];
const [OPEN, CLOSE, OPEN_LIST, CLOSE_LIST, LF] = [123, 125, 91, 93, 10];
const isSpace = (byte: number): boolean => byte === 32 || byte === 9 || byte === LF || byte === 13;
/** A longer name is none of the path's. */
const MOST_NAME_BYTES = 4096;

/** What may come next, outside of a value that is passed over. */
type Expecting = 'value' | 'name' | 'colon' | 'end of member' | 'element' | 'end of element' | 'nothing';

export class JsonArrayScanner {
  private expecting: Expecting = 'value';
  /** objects of the path that are open */
  private depth = 0;
  private name: number[] = [];
  /** a value that is passed over */
  private passing: Passing | undefined;
  private elements = 0;

  constructor(private readonly place: JsonArrayPlace) {}

  /** Goes through [from, end) as far as it can; returns where it stopped. @throws {UnreadableFile} */
  scan(bytes: Buffer, from: number, end: number, final: boolean, out: Elements): number {
    let at = from;
    let isRefused = false;
    while (at < end) {
      const next = this.step(bytes, at, end, final, out);
      if (next === undefined) break;
      if (next === 'refused') {
        isRefused = true;
        break;
      }
      at = next;
    }
    if (final && !isRefused) this.refuseUnfinished(at < end);
    return at;
  }

  /** Goes past a byte, or an element; undefined where more bytes are needed. */
  private step(bytes: Buffer, at: number, end: number, final: boolean, out: Elements): number | 'refused' | undefined {
    if (this.passing) return this.pass(this.passing, bytes, at, end, out);
    const byte = bytes[at]!;
    if (isSpace(byte)) {
      if (byte === LF) out.lines(1);
      return at + 1;
    }
    switch (this.expecting) {
      case 'value':
        this.enter(byte);
        return at + 1;
      case 'name':
        if (byte === CLOSE) throw this.noMember();
        if (byte !== QUOTE) throw this.broken('a name is expected');
        this.name = [];
        this.passing = new Passing('name');
        return at;
      case 'colon':
        if (byte !== COLON) throw this.broken('a colon is expected');
        if (this.nameText() === this.place.path[this.depth - 1]) this.expecting = 'value';
        else this.passing = new Passing('member');
        return at + 1;
      case 'end of member':
        if (byte === CLOSE) throw this.noMember();
        if (byte !== COMMA) throw this.broken('a comma is expected');
        this.expecting = 'name';
        return at + 1;
      case 'element':
        if (byte === CLOSE_LIST && this.elements === 0) return this.leave(at);
        if (byte === CLOSE_LIST || byte === COMMA) throw this.broken(`element ${this.elements + 1} is missing`);
        return this.readElement(bytes, at, end, final, out);
      case 'end of element':
        if (byte === CLOSE_LIST) return this.leave(at);
        if (byte !== COMMA) throw this.broken(`a comma is expected after element ${this.elements}`);
        this.expecting = 'element';
        return at + 1;
      case 'nothing':
        throw this.broken('something follows the end of the document; for an object a line use ndjson()');
    }
  }

  /** At the first byte of the array, or of an object on the way to it. */
  private enter(byte: number): void {
    const { path } = this.place;
    const wanted = this.depth === path.length ? OPEN_LIST : OPEN;
    if (byte !== wanted) {
      const place = this.depth === 0 ? 'it' : `its member ${path.slice(0, this.depth).join('.')}`;
      const found = byte === OPEN ? 'an object' : 'something else';
      throw this.notThere(`${place} is ${wanted === OPEN ? 'no object' : `${found}, where an array is expected`}`);
    }
    if (wanted === OPEN) this.depth++;
    this.expecting = wanted === OPEN ? 'name' : 'element';
  }

  /** Behind the array: the objects around it are still open. */
  private leave(at: number): number {
    this.expecting = 'nothing';
    if (this.depth > 0) this.passing = new Passing('rest', this.depth);
    return at + 1;
  }

  private pass(passing: Passing, bytes: Buffer, at: number, end: number, out: Elements): number {
    const next = passing.pass(bytes, at, end, out);
    if (passing.what === 'name' && this.name.length <= MOST_NAME_BYTES) {
      this.name.push(...bytes.subarray(at, Math.min(next, at + MOST_NAME_BYTES)));
    }
    if (!passing.isOver) return next;
    this.passing = undefined;
    if (passing.what === 'name') this.expecting = 'colon';
    if (passing.what === 'member') this.expecting = 'end of member';
    if (passing.what === 'element') this.expecting = 'end of element';
    return next;
  }

  private readElement(
    bytes: Buffer,
    at: number,
    end: number,
    final: boolean,
    out: Elements,
  ): number | 'refused' | undefined {
    const element = new Passing('element');
    let lines = 0;
    const count = (more: number) => {
      lines += more;
    };
    const to = element.pass(bytes, at, end, { lines: count });
    if (!element.isOver) {
      if (final || end - at < MOST_RECORD_BYTES) return undefined;
      out.endless(at, end);
      this.passing = element;
    } else {
      if (!out.element(at, to)) return 'refused';
      this.expecting = 'end of element';
    }
    this.elements++;
    if (lines > 0) out.lines(lines);
    return to;
  }

  private refuseUnfinished(hasRest: boolean): void {
    if (this.expecting === 'nothing' && !this.passing && !hasRest) return;
    if (this.expecting === 'value' && this.depth === 0) throw this.unreadable('it is empty', 'Export it again');
    const after = this.elements === 0 ? '' : ` after element ${this.elements}`;
    throw this.unreadable(`the JSON document ends too early${after}, as after a broken upload`, 'Export it again');
  }

  private nameText(): string | undefined {
    try {
      return JSON.parse(Buffer.from(this.name).toString()) as string;
    } catch {
      return undefined;
    }
  }

  private noMember(): Error {
    const [wanted, ...above] = this.place.path.slice(0, this.depth).reverse();
    const place = above.length === 0 ? '' : ` in ${above.reverse().join('.')}`;
    return this.notThere(`it has no member '${wanted}'${place}`);
  }

  private notThere(what: string): Error {
    const remedy =
      this.place.path.length === 0
        ? "Name the array's path in the contract, e.g. jsonArray({ path: 'data' }), use ndjson() for an object a line, or correct the file"
        : 'Correct the path in the contract, or the file';
    return this.unreadable(what, remedy);
  }

  private broken(what: string): Error {
    return this.unreadable(`it is not JSON: ${what}`, 'Export it again');
  }

  private unreadable(what: string, remedy: string): Error {
    return unreadable(this.place.file, what, remedy);
  }
}

/** A value (or what is left of one) that is gone past: only strings and brackets matter. */
class Passing {
  isOver = false;
  private inString = false;
  private escaped = false;
  private begun: boolean;

  constructor(
    readonly what: 'name' | 'member' | 'element' | 'rest',
    private depth = 0,
  ) {
    this.begun = depth > 0;
  }

  /** Returns where it stopped: behind the value, or at the end of the bytes. */
  pass(bytes: Buffer, from: number, end: number, out: Pick<Elements, 'lines'>): number {
    let lines = 0;
    let at = from;
    while (at < end && !this.isOver) {
      const byte = bytes[at]!;
      // What ends a number is not part of it.
      if (this.depth === 0 && this.begun && !this.inString && ends(byte)) {
        this.isOver = true;
        break;
      }
      if (byte === LF) lines++;
      this.take(byte);
      at++;
    }
    if (lines > 0) out.lines(lines);
    return at;
  }

  private take(byte: number): void {
    if (this.inString) {
      if (this.escaped) this.escaped = false;
      else if (byte === BACKSLASH) this.escaped = true;
      else if (byte === QUOTE) {
        this.inString = false;
        this.isOver = this.depth === 0;
      }
      return;
    }
    if (isSpace(byte)) return;
    this.begun = true;
    if (byte === QUOTE) this.inString = true;
    else if (byte === OPEN || byte === OPEN_LIST) this.depth++;
    else if (byte === CLOSE || byte === CLOSE_LIST) this.isOver = --this.depth <= 0;
  }
}

const ends = (byte: number): boolean => isSpace(byte) || byte === COMMA || byte === CLOSE || byte === CLOSE_LIST;
