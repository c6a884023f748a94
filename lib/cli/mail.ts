/** `stepwell mail`. */
import path from 'node:path';
import { Refused } from '../operate/errors';
import { mailFiles, mailFolder, readMail } from '../operate/mailbox';
import { DEFAULT_STATE_DIR } from '../operate/pipelines';
import { moment, shorten } from '../operate/text';
import { printer, type VerbOptions } from './printer';
import { bold, table } from './terminal';

/** The latest first. Works while no local cloud is up, too: mails are files. */
export async function mail(number: number | undefined, options: VerbOptions & { limit: number }): Promise<void> {
  const folder = mailFolder(path.resolve(options.stateDir ?? DEFAULT_STATE_DIR));
  const files = await mailFiles(folder);
  const out = printer(options);
  if (number === undefined) {
    const mails = await Promise.all(files.slice(0, options.limit).map((name) => readMail(path.join(folder, name))));
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
  const { subject, from, to, date, text, file } = await readMail(path.join(folder, name));
  out.print({ subject, from, to, date, text, file }, () => [
    bold(subject),
    `From ${from} to ${to}, ${moment(date)}`,
    '',
    text.trimEnd(),
    '',
    file,
  ]);
}
