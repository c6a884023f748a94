/** E-mail as RFC 5322 messages in files: what SNS would send is read by any mail program, and by people. */
import { join } from 'node:path';
import { writeFileAtomic } from '../../store';

export interface Mail {
  readonly from: { readonly name: string; readonly address: string };
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly sentAt: number;
  /** The same id gives the same file: a mail that is delivered again is not a second mail. */
  readonly id: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Writes one file for one recipient; names sort by time. Returns its path. */
export async function writeMail(folder: string, mail: Mail): Promise<string> {
  const time = new Date(mail.sentAt).toISOString().replaceAll(':', '');
  const recipient = mail.to.replace(/[^A-Za-z0-9.@_+-]/g, '_').slice(0, 100);
  const file = join(folder, `${time}-${mail.id.replace(/[^A-Za-z0-9-]/g, '').slice(0, 8)}-${recipient}.eml`);
  await writeFileAtomic(file, formatMail(mail));
  return file;
}

export function formatMail({ from, to, subject, text, sentAt, id, headers = {} }: Mail): string {
  const name = encodeHeader(oneLine(from.name), true);
  const lines = Object.entries({
    From: `${name}${name.endsWith('?=') ? FOLD : ' '}<${oneLine(from.address)}>`,
    To: oneLine(to),
    Subject: encodeHeader(oneLine(subject)),
    Date: new Date(sentAt).toUTCString().replace('GMT', '+0000'),
    'Message-ID': `<${id}@${from.address.split('@')[1]}>`,
    ...Object.fromEntries(Object.entries(headers).map(([header, value]) => [header, oneLine(value)])),
    'MIME-Version': '1.0',
    'Content-Type': 'text/plain; charset=UTF-8',
    'Content-Transfer-Encoding': 'quoted-printable',
  }).map(([header, value]) => `${header}: ${value}`);
  return `${lines.join('\r\n')}\r\n\r\n${quotedPrintable(text)}\r\n`;
}

/** A line break in a value would begin a header of its own. */
const oneLine = (value: string): string => value.replace(/[\r\n]+/g, ' ');

const FOLD = '\r\n ';

/**
 * A line with an encoded word has at most 76 characters (RFC 2047): `Subject: `, then `=?UTF-8?B?`, 52 for 39 bytes, and `?=`.
 * Readers drop the white space between two encoded words.
 */
const ENCODED_WORD_BYTES = 39;

function encodeHeader(text: string, isName = false): string {
  if (/^[\x20-\x7e]*$/.test(text)) {
    return isName && /[^A-Za-z0-9 ]/.test(text) ? `"${text.replace(/["\\]/g, '\\$&')}"` : text;
  }
  const words: string[] = [];
  let word = '';
  for (const character of text) {
    if (Buffer.byteLength(word + character) > ENCODED_WORD_BYTES) {
      words.push(word);
      word = '';
    }
    word += character;
  }
  words.push(word);
  return words.map((part) => `=?UTF-8?B?${Buffer.from(part).toString('base64')}?=`).join(FOLD);
}

const MAX_LINE = 76;

function quotedPrintable(text: string): string {
  return text
    .split(/\r\n|\r|\n/)
    .map((line) => {
      const encoded: string[] = [];
      const bytes = Buffer.from(line);
      bytes.forEach((byte, i) => {
        const isSpace = byte === 0x20 || byte === 0x09;
        const isPlain = (byte >= 0x21 && byte <= 0x7e && byte !== 0x3d) || (isSpace && i < bytes.length - 1);
        encoded.push(isPlain ? String.fromCharCode(byte) : `=${byte.toString(16).toUpperCase().padStart(2, '0')}`);
      });
      return softWrap(encoded);
    })
    .join('\r\n');
}

function softWrap(parts: readonly string[]): string {
  let wrapped = '';
  let length = 0;
  for (const [i, part] of parts.entries()) {
    const room = i === parts.length - 1 ? MAX_LINE : MAX_LINE - 1;
    if (length + part.length > room) {
      wrapped += '=\r\n';
      length = 0;
    }
    wrapped += part;
    length += part.length;
  }
  return wrapped;
}
