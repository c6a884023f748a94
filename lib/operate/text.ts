/** Text for terminals: widths as they are seen, tables, numbers, times. */

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });
/** East Asian wide characters and emoji take two columns. */
const WIDE =
  /^(?:[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Extended_Pictographic}.*\ufe0f|\p{Emoji_Presentation})/u;
// biome-ignore lint/suspicious/noControlCharactersInRegex: the escape character is what it looks for
const COLOR = /\u001b\[\d+m/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: what would move a terminal's cursor
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/g;

/** Columns that `text` takes in a terminal. */
export function widthOf(text: string): number {
  let width = 0;
  for (const { segment } of graphemes.segment(text.replace(COLOR, ''))) width += WIDE.test(segment) ? 2 : 1;
  return width;
}

/** Most take one or two, an emoji of a family eleven. */
const UNITS_OF_GRAPHEME = 16;

/** At most `width` columns, cut in the middle: the ends of a key tell more than its middle. */
export function shorten(whole: string, width: number): string {
  // Segments each keep a copy of the text that they are of.
  const most = width * UNITS_OF_GRAPHEME;
  const text = whole.length <= 2 * most ? whole : whole.slice(0, most) + whole.slice(-most);
  if (widthOf(text) <= width) return text;
  const parts = [...graphemes.segment(text)].map(({ segment }) => segment);
  const keep = Math.max(1, width - 1);
  let head = '';
  let tail = '';
  for (let i = 0, j = parts.length - 1; i <= j; ) {
    const fromTail = widthOf(tail) < widthOf(head);
    const next = fromTail ? parts[j]! : parts[i]!;
    if (widthOf(head) + widthOf(tail) + widthOf(next) > keep) break;
    if (fromTail) {
      tail = next + tail;
      j--;
    } else {
      head += next;
      i++;
    }
  }
  return `${head}…${tail}`;
}

/** On one line, and without what would upset a terminal. */
export const oneLine = (text: string): string => text.replace(/\s+/g, ' ').replace(CONTROL, '·').trim();

/** Sentences that were put together may end in two full stops. */
export const oneStop = (text: string): string => text.replace(/(?<!\.)\.\.(?= |$)/g, '.');

export const count = (n: number | undefined): string => (n === undefined ? '–' : n.toLocaleString('en-US'));

export const plural = (n: number, one: string, many = `${one}s`): string => `${count(n)} ${n === 1 ? one : many}`;

const UNITS = ['B', 'KiB', 'MiB', 'GiB'] as const;

/** `640 B`, `1.2 KiB` */
export function sizeText(bytes: number): string {
  const power = Math.min(UNITS.length - 1, bytes < 1024 ? 0 : Math.floor(Math.log2(bytes) / 10));
  return power === 0 ? `${Math.round(bytes)} B` : `${(bytes / 1024 ** power).toFixed(1)} ${UNITS[power]}`;
}

/** `3.2 s`, `2 min 05 s`, `1 h 03 min` */
export function duration(ms: number | undefined): string {
  if (ms === undefined) return '–';
  const seconds = ms / 1000;
  if (seconds < 99.95) return `${seconds.toFixed(1)} s`;
  const minutes = Math.floor(Math.round(seconds) / 60);
  if (minutes < 60) return `${minutes} min ${String(Math.round(seconds) % 60).padStart(2, '0')} s`;
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')} min`;
}

/** Local time, to the second: `2026-01-31 14:03:07`. */
export function moment(at: Date | string | undefined): string {
  if (at === undefined) return '–';
  const date = new Date(at);
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 19).replace('T', ' ');
}
