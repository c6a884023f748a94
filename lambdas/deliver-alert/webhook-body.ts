import type { Alert } from '../../lib/tasks/alert';
import { fitting, SYMBOLS, shortened, slackText } from './chat-text';

export type WebhookFormat = 'slack' | 'teams' | 'json';

/** Slack asks for at most 4,000 characters of text, Mattermost cuts at as many; Teams refuses a card of 28 KB. */
const MOST_LINES = 2_800;
const MOST_TITLE = 300;

export function webhookBody(alert: Alert, format: WebhookFormat): object {
  return BODIES[format](alert);
}

const BODIES: Readonly<Record<WebhookFormat, (alert: Alert) => object>> = {
  slack: ({ severity, title, lines, command, link }) => ({
    text: [
      `${SYMBOLS[severity]} *${shortened(slackText(title), MOST_TITLE)}*`,
      fitting(lines.map(slackText), MOST_LINES),
      ...(command === undefined ? [] : [`\`\`\`${shortened(slackText(command), 500)}\`\`\``]),
      ...(link === undefined ? [] : [`<${link}|In the console>`]),
    ]
      .filter((part) => part !== '')
      .join('\n'),
    unfurl_links: false,
    unfurl_media: false,
  }),
  teams: ({ severity, title, lines, command, link }) => ({
    type: 'message',
    attachments: [
      {
        contentType: 'application/vnd.microsoft.card.adaptive',
        content: {
          $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
          type: 'AdaptiveCard',
          version: '1.4',
          msteams: { width: 'Full' },
          body: [
            { ...text(shortened(title, MOST_TITLE)), weight: 'Bolder', size: 'Medium', color: COLORS[severity] },
            // One block a line: a card joins the lines of one.
            ...fitting(lines, MOST_LINES)
              .split('\n')
              .filter((line) => line.trim() !== '')
              .map((line) => ({ ...text(line), spacing: 'Small' })),
            ...(command === undefined ? [] : [{ ...text(command), fontType: 'Monospace' }]),
          ],
          ...(link === undefined ? {} : { actions: [{ type: 'Action.OpenUrl', title: 'In the console', url: link }] }),
        },
      },
    ],
  }),
  json: ({ mail: _mail, ...alert }) => ({ version: '1.0', source: 'stepwell', ...alert }),
};

const COLORS = { error: 'Attention', warning: 'Warning', info: 'Good' } as const;

/** A card's text is Markdown: what a row or an error says must not become a link. */
const text = (of: string) => ({ type: 'TextBlock', text: of.replace(/[[\]*_`~\\]/g, '\\$&'), wrap: true });
