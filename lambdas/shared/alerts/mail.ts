/** An alert as a mail: plain text that reads well at 80 columns. */
import type { Alert } from '../../../lib/tasks/alert';

export interface Mail {
  readonly subject: string;
  readonly text: string;
}

const COLUMNS = 78;
/** SNS takes a message of 256 KiB, of which the text is a part. */
const MOST_CHARACTERS = 60_000;

export function mailOf({ title, lines, command, link, mail }: Alert): Mail {
  return { subject: asciiSubject(`[Stepwell] ${title}`), text: cut(mail ?? textOf({ title, lines, command, link })) };
}

function textOf({ title, lines, command, link }: Pick<Alert, 'title' | 'lines' | 'command' | 'link'>): string {
  const parts = [
    ...wrapped(`${title}${/[.!?]$/.test(title) ? '' : '.'}`),
    ...lines.flatMap((line, index) => {
      const isListed = line.startsWith('  ');
      // A list stands together, and close to what announces it.
      const follows = isListed && (lines[index - 1]?.startsWith('  ') || lines[index - 1]?.endsWith(':'));
      return [...(follows ? [] : ['']), ...(isListed ? [line] : wrapped(line))];
    }),
    ...(command === undefined ? [] : ['', 'What to do', `  ${command}`]),
    ...(link === undefined ? [] : ['', 'In the console', `  ${link}`]),
  ];
  return `${parts.join('\n')}\n`;
}

/** A word that is longer than a line, as an address, is left whole. */
function wrapped(text: string): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/).filter((one) => one !== '')) {
    if (line !== '' && line.length + 1 + word.length > COLUMNS) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}

const cut = (text: string): string =>
  text.length <= MOST_CHARACTERS ? text : `${text.slice(0, MOST_CHARACTERS)}\n… (shortened)\n`;

/** SNS wants fewer than 100 printable ASCII characters. */
const SUBJECT_LENGTH = 99;

export function asciiSubject(text: string): string {
  const ascii = text
    .normalize('NFKD')
    .replace(/[\u0300-\u036f]/g, '')
    .replace(/\s+/g, ' ')
    .replace(/[^\x20-\x7e]/g, '?');
  return ascii.length <= SUBJECT_LENGTH ? ascii : `${ascii.slice(0, SUBJECT_LENGTH - 3)}...`;
}
