/**
 * The members of one JSON object with their values as they are written: JSON.parse would turn 12345678901234567890 into
 * 12345678901234567000 and 1.10 into 1.1.
 */
export type Members = { readonly members: ReadonlyMap<string, string> } | { readonly reason: string };

export function readMembers(text: string, unit: 'line' | 'element' = 'line'): Members {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return { reason: `the ${unit} is not JSON` };
  }
  if (parsed === null || typeof parsed !== 'object') return { reason: `the ${unit} is JSON, but not an object` };
  if (Array.isArray(parsed)) {
    const hint = unit === 'line' ? '; NDJSON has one object a line' : ', where an object is expected';
    return { reason: `the ${unit} is a JSON array${hint}` };
  }
  return membersOf(text);
}

/** `text` is a valid object, which leaves little to look out for. */
export function membersOf(text: string): Members {
  const members = new Map<string, string>();
  let at = text.indexOf('{') + 1;
  for (;;) {
    at = skipSpace(text, at);
    if (text[at] === '}') return { members };
    if (text[at] === ',') at = skipSpace(text, at + 1);
    const keyEnd = stringEnd(text, at);
    const key = JSON.parse(text.slice(at, keyEnd)) as string;
    // Which of the two is meant only the sender knows.
    if (members.has(key)) return { reason: `the member ${JSON.stringify(key)} stands twice` };
    const start = skipSpace(text, text.indexOf(':', keyEnd) + 1);
    at = valueEnd(text, start);
    members.set(key, text.slice(start, at));
  }
}

/** `text` is a valid array. */
export function elementsOf(text: string): string[] {
  const elements: string[] = [];
  let at = skipSpace(text, 1);
  while (text[at] !== ']') {
    if (text[at] === ',') at = skipSpace(text, at + 1);
    const end = valueEnd(text, at);
    elements.push(text.slice(at, end));
    at = skipSpace(text, end);
  }
  return elements;
}

function skipSpace(text: string, at: number): number {
  let i = at;
  while (text.charCodeAt(i) <= 32) i++;
  return i;
}

/** Behind the closing quotation mark of the string that opens at `at`. */
function stringEnd(text: string, at: number): number {
  let i = at + 1;
  while (text[i] !== '"') i += text[i] === '\\' ? 2 : 1;
  return i + 1;
}

function valueEnd(text: string, start: number): number {
  const first = text[start];
  if (first === '"') return stringEnd(text, start);
  let i = start;
  if (first !== '{' && first !== '[') {
    while (!/[\s,}\]]/.test(text[i]!)) i++;
    return i;
  }
  for (let depth = 0; ; i++) {
    const character = text[i]!;
    if (character === '"') i = stringEnd(text, i) - 1;
    else if (character === '{' || character === '[') depth++;
    else if ((character === '}' || character === ']') && --depth === 0) return i + 1;
  }
}
