/** The mailbox of the local cloud: what SNS would have sent, a file each. */
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';

export interface Mail {
  readonly file: string;
  readonly from: string;
  readonly to: string;
  readonly subject: string;
  /** ISO 8601 */
  readonly date: string;
  readonly text: string;
}

export const mailFolder = (stateDir: string): string => path.join(stateDir, 'mail');

/** Names of the files, the latest first. Works while no local cloud is up, too. */
export async function mailFiles(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException): string[] => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  return names
    .filter((name) => name.endsWith('.eml'))
    .sort()
    .reverse();
}

export const readMail = async (file: string): Promise<Mail> => ({ ...parseMail(await readFile(file, 'utf8')), file });

/** As the local SNS writes them: quoted-printable UTF-8, headers in encoded words. */
export function parseMail(message: string): Omit<Mail, 'file'> {
  const [head = '', ...body] = message.split('\r\n\r\n');
  const headers = new Map(
    head
      .replace(/\r\n[ \t]+/g, ' ')
      .split('\r\n')
      .map((line) => {
        const [name, value = ''] = line.split(/:\s*(.*)/s);
        return [name!.toLowerCase(), decodeWords(value)];
      }),
  );
  return {
    from: headers.get('from') ?? '',
    to: headers.get('to') ?? '',
    subject: headers.get('subject') ?? '',
    date: new Date(headers.get('date') ?? 0).toISOString(),
    text: decodeQuotedPrintable(body.join('\r\n\r\n')),
  };
}

/** Two encoded words that follow one another are joined without the space between them (RFC 2047). */
const decodeWords = (text: string): string =>
  text
    .replace(/(=\?UTF-8\?B\?[^?]*\?=)\s+(?==\?UTF-8\?B\?)/gi, '$1')
    .replace(/=\?UTF-8\?B\?([^?]*)\?=/gi, (_, base64: string) => Buffer.from(base64, 'base64').toString('utf8'));

function decodeQuotedPrintable(text: string): string {
  const bytes: number[] = [];
  const joined = text.replace(/=\r?\n/g, '');
  for (let i = 0; i < joined.length; i++) {
    const hex = joined[i] === '=' ? joined.slice(i + 1, i + 3) : '';
    if (/^[0-9A-F]{2}$/i.test(hex)) {
      bytes.push(Number.parseInt(hex, 16));
      i += 2;
    } else bytes.push(...Buffer.from(joined[i]!));
  }
  return Buffer.from(bytes).toString('utf8').replace(/\r\n/g, '\n');
}
