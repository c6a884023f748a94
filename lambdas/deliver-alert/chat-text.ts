/** Text for a chat: what a row or an error says must not become markup, a link or a mention. */
import type { AlertSeverity } from '../../lib/tasks/alert';

export const SYMBOLS: Readonly<Record<AlertSeverity, string>> = {
  error: ':red_circle:',
  warning: ':large_yellow_circle:',
  info: ':large_green_circle:',
};

/** The three characters that Slack asks to escape: with them gone, nobody is mentioned and nothing is linked. */
export const slackText = (text: string): string =>
  text.replace(/[&<>]/g, (character) => (character === '&' ? '&amp;' : character === '<' ? '&lt;' : '&gt;'));

export function shortened(text: string, most: number): string {
  if (text.length <= most) return text;
  // No half of a character, and no half of an escaped one.
  return `${text.slice(0, most - 1).replace(/[\ud800-\udbff]$|&[a-z]{0,3}$/, '')}…`;
}

/** Lines, as many as there is room for; what follows in a mail is in the mail. */
export function fitting(lines: readonly string[], most: number): string {
  const shown: string[] = [];
  let room = most;
  for (const line of lines) {
    if (line.length + 1 > room) {
      shown.push(shortened(line, Math.max(room, 2)));
      break;
    }
    shown.push(line);
    room -= line.length + 1;
  }
  return shown.join('\n').slice(0, most);
}
