/** Reads the mailbox of the local cloud: what SNS would have sent. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { Refused } from '../operate/errors';
import { DEFAULT_STATE_DIR } from '../operate/pipelines';
import { moment, shorten } from '../operate/text';
import { printer, type VerbOptions } from './printer';
import { bold, table } from './terminal';

export interface Mail {
  readonly file: string;
  readonly from: string;
  readonly to: string;
  readonly subject: string;
  /** ISO 8601 */
  readonly date: string;
  readonly text: string;
}

/** The latest first. Works while no local cloud is up, too: mails are files. */
export function mail(number: number | undefined, options: VerbOptions & { limit: number }): void {
  const folder = path.join(path.resolve(options.stateDir ?? DEFAULT_STATE_DIR), 'mail');
  const files = existsSync(folder)
    ? readdirSync(folder)
        .filter((name) => name.endsWith('.eml'))
        .sort()
        .reverse()
    : [];
  const out = printer(options);
  if (number === undefined) {
    const mails = files.slice(0, options.limit).map((name) => parseMail(path.join(folder, name)));
    out.print(mails, () =>
      mails.length === 0
        ? [`No mail in ${folder}.`]
        : [
            ...table(
              ['', 'Date', 'To', 'Subject'],
              mails.map(({ date, to, subject }, index) => [
                String(index + 1),
                moment(date),
                shorten(to, 30),
                shorten(subject, 60),
              ]),
              { right: [0] },
            ),
            '',
            'Read one: npx stepwell mail <number>',
          ],
    );
    return;
  }
  const name = files[number - 1];
  if (name === undefined) throw new Refused(`There is no mail ${number}: the mailbox ${folder} holds ${files.length}.`);
  const { subject, from, to, date, text, file } = parseMail(path.join(folder, name));
  out.print({ subject, from, to, date, text, file }, () => [
    bold(subject),
    `From ${from} to ${to}, ${moment(date)}`,
    '',
    text.trimEnd(),
    '',
    file,
  ]);
}

/** As the local SNS writes them: quoted-printable UTF-8, headers in encoded words. */
export function parseMail(file: string): Mail {
  const [head = '', ...body] = readFileSync(file, 'utf8').split('\r\n\r\n');
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
    file,
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
