/** What a person is told about a pipeline: the one shape that mails, chats and webhooks are made of. */
import * as z from 'zod/mini';

/** What has happened, and how much it matters. */
export const ALERT_SEVERITIES = {
  /** a run, or a pipeline that had failed, has come to a good end */
  success: 'info',
  recovery: 'info',
  /** data are there, and something about them wants a look */
  partial: 'warning',
  quarantine: 'warning',
  'check-warning': 'warning',
  'late-input': 'warning',
  budget: 'warning',
  /** data are missing, late or wrong */
  failure: 'error',
  deadline: 'error',
  freshness: 'error',
  stuck: 'error',
  reconciliation: 'error',
  /** what a CloudWatch alarm of the pipeline says */
  alarm: 'error',
} as const;
export type AlertKind = keyof typeof ALERT_SEVERITIES;
export type AlertSeverity = (typeof ALERT_SEVERITIES)[AlertKind];

export const ALERT_KINDS = Object.keys(ALERT_SEVERITIES) as AlertKind[];

/**
 * `sendAlert` sends it once for its `dedupeKey`, to those whom the pipeline's `alerts` name for its kind.
 *
 * @example
 * const alert: Alert = {
 *   kind: 'deadline',
 *   severity: 'error',
 *   pipeline: 'weather',
 *   title: 'weather is late: nothing was published by 06:00 (Europe/Berlin)',
 *   lines: ['The interval 2026-11-20 to 2026-11-21 was to be published by 06:00.', 'Its run 4be1c07a has been running since 05:12.'],
 *   command: 'npx stepwell show 4be1c07a',
 *   dedupeKey: '2026-11-20T00:00:00Z/2026-11-21T00:00:00Z',
 * };
 */
export const alert = z.object({
  kind: z.enum(ALERT_KINDS as [AlertKind, ...AlertKind[]]),
  severity: z.enum(['error', 'warning', 'info']),
  pipeline: z.string(),
  runId: z.optional(z.string()),
  redriveCount: z.optional(z.number()),
  /** One line without markup that says it all, and names the pipeline: a mail's subject, and the head of a chat's message. */
  title: z.string(),
  /** Each a paragraph of plain text; one that begins with two spaces is kept as it is, for lists. Never rows: they may be personal. */
  lines: z.array(z.string()),
  /** what to type now */
  command: z.optional(z.string()),
  /** a page about it */
  link: z.optional(z.string()),
  /** the whole text of the mail, where title, lines and command are not enough */
  mail: z.optional(z.string()),
  /** of alerts of one kind and pipeline with the same key, one is sent */
  dedupeKey: z.string(),
});
export type Alert = z.infer<typeof alert>;
