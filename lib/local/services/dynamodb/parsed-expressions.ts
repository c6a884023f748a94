/** dynalite's parsers take most of the time of a conditional write, for the same few expressions again and again: those are kept. */

type Values = Readonly<Record<string, object>>;

interface Context {
  readonly attrNames?: Readonly<Record<string, string>>;
  readonly attrVals?: Values;
  readonly unusedAttrNames?: Record<string, true>;
  readonly unusedAttrVals?: Record<string, true>;
}

export interface Parser {
  /** A tree that has the values themselves at its leaves; a text says what is wrong. */
  parse(text: string, options: { readonly context: Context }): unknown;
}

interface Kept {
  readonly tree: unknown;
  readonly names: readonly string[];
  readonly values: readonly string[];
}

const MOST = 500;
/** What a parser says of these depends on the values, not on their types alone. */
const BY_VALUE = /between|attribute_type/i;
/** A value's place in a tree that is kept. */
class Place {
  constructor(readonly name: string) {}
}

const done = new WeakSet<Parser>();

/** The parser itself is changed: dynalite finds it by its file. */
export function keepParsed(parser: Parser): void {
  if (done.has(parser)) return;
  done.add(parser);
  const parse = parser.parse.bind(parser);
  const kept = new Map<string, Kept>();
  parser.parse = (text, options) => {
    const { context } = options;
    const { attrNames = {}, attrVals = {}, unusedAttrNames = {}, unusedAttrVals = {} } = context;
    const key = JSON.stringify([text, attrNames, typesOf(attrVals), 'isKeyCondition' in context]);
    const known = kept.get(key);
    if (known) {
      for (const name of known.names) delete unusedAttrNames[name];
      for (const name of known.values) delete unusedAttrVals[name];
      return filled(known.tree, attrVals);
    }
    // Of this expression alone, whatever others have used before it.
    const unused = { names: allOf(attrNames), values: allOf(attrVals) };
    const tree = parse(text, {
      context: { ...context, unusedAttrNames: unused.names, unusedAttrVals: unused.values },
    });
    const names = Object.keys(attrNames).filter((name) => !(name in unused.names));
    const values = Object.keys(attrVals).filter((name) => !(name in unused.values));
    for (const name of names) delete unusedAttrNames[name];
    for (const name of values) delete unusedAttrVals[name];
    if (typeof tree !== 'object' || BY_VALUE.test(text)) return tree;
    const places = new Map(Object.entries(attrVals).map(([name, value]) => [value as unknown, new Place(name)]));
    if (kept.size >= MOST) kept.delete(kept.keys().next().value!);
    kept.set(key, { tree: emptied(tree, places), names, values });
    return tree;
  };
}

const allOf = (named: object): Record<string, true> =>
  Object.fromEntries(Object.keys(named).map((name) => [name, true]));

const typesOf = (values: Values): readonly string[] =>
  Object.entries(values).map(([name, value]) => `${name} ${Object.keys(value).join()}`);

const emptied = (node: unknown, places: ReadonlyMap<unknown, Place>): unknown =>
  places.get(node) ?? mapped(node, (child) => emptied(child, places));

const filled = (node: unknown, values: Values): unknown =>
  node instanceof Place ? values[node.name] : mapped(node, (child) => filled(child, values));

/** Who gets a tree may change it. */
function mapped(node: unknown, child: (node: unknown) => unknown): unknown {
  if (typeof node !== 'object' || node === null) return node;
  if (Array.isArray(node)) return node.map(child);
  const copy = Object.create(Object.getPrototypeOf(node));
  for (const key in node) copy[key] = child((node as Record<string, unknown>)[key]);
  return copy;
}
