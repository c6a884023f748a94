/** Who is told of what: mails, Slack, a webhook, each with the kinds of alerts that it wants. */
import * as z from 'zod';
import { ALERT_KINDS, ALERT_SEVERITIES } from '../../tasks/alert';
import { suggest } from '../errors';
import { say, share } from './common';

const SEVERITIES: readonly string[] = ['error', 'warning', 'info'];
const WORDS: readonly string[] = [...SEVERITIES, ...ALERT_KINDS];

/** Severities and kinds; an unknown word is told with what may be meant. */
const kinds = z
  .array(
    z.string().superRefine((word, context) => {
      if (WORDS.includes(word)) return;
      const message = say('there is no such severity or kind of alert', suggest(word, WORDS));
      context.addIssue({ code: 'custom', message, input: word });
    }),
    say("for lists severities and kinds of alerts, as 'error', 'warning', 'success'", "Use e.g. for: ['error']."),
  )
  .min(1, say('for names at least one severity or kind', "Use e.g. for: ['error'], or leave it out."))
  .superRefine((words, context) => {
    words.forEach((word, index) => {
      const severity = ALERT_SEVERITIES[word as keyof typeof ALERT_SEVERITIES] as string | undefined;
      const by = words.indexOf(word) < index ? word : words.find((other) => other === severity);
      if (by === undefined) return;
      const rule = by === word ? 'it is there twice' : `'${by}' has it already`;
      context.addIssue({ code: 'custom', path: [index], message: say(rule, 'Remove one.'), input: word });
    });
  });

const address = z.email(say('an address looks like data@example.com', 'Correct it.'));
const mailbox = z.union([
  address,
  z.strictObject({
    to: z.union([address, z.array(address).min(1, say('to names at least one address', 'Name one.'))]),
    for: kinds.optional(),
  }),
]);

/** One by one: of a union, zod tells only that nothing has fitted. */
const mailboxes = z.array(z.unknown()).superRefine((all, context) => {
  const seen = new Set<string>();
  all.forEach((one, index) => {
    const shape =
      typeof one === 'object' && one !== null && !Array.isArray(one) ? mailbox.options[1] : mailbox.options[0];
    const issues = shape.safeParse(one).error?.issues ?? [];
    for (const issue of issues.flatMap(flattened))
      context.addIssue({ ...(issue as z.core.$ZodIssueCustom), path: [index, ...issue.path] });
    for (const { path, name } of addressesIn(one)) {
      if (seen.has(name)) {
        const message = say('it is there twice', 'Remove one.');
        context.addIssue({ code: 'custom', path: [index, ...path], message, input: name });
      }
      seen.add(name);
    }
  });
});

/** Of `to`, which is one address or a list of them: what is wrong with the one that it is. */
function flattened(issue: z.core.$ZodIssue): z.core.$ZodIssue[] {
  if (issue.code !== 'invalid_union') return [issue];
  const isList = Array.isArray(issue.input);
  return (issue.errors[isList ? 1 : 0] ?? []).map((inner) => ({ ...inner, path: [...issue.path, ...inner.path] }));
}

function addressesIn(one: unknown): { readonly path: PropertyKey[]; readonly name: string }[] {
  if (typeof one === 'string') return [{ path: [], name: one }];
  const { to } = (one ?? {}) as { to?: unknown };
  if (typeof to === 'string') return [{ path: ['to'], name: to }];
  if (!Array.isArray(to)) return [];
  return to.flatMap((name, index) => (typeof name === 'string' ? [{ path: ['to', index], name }] : []));
}

const slack = z
  .strictObject({
    workspace: z
      .string()
      .regex(
        /^[0-9A-Z]{1,255}$/,
        say(
          "a workspace is named by its id, as 'T0123ABCD'",
          'Copy it from the Amazon Q Developer console, or from the address of Slack in a browser.',
        ),
      )
      .optional(),
    channel: z
      .string()
      .regex(
        /^[A-Za-z0-9]+$/,
        say(
          "a channel is named by its id, as 'C0123ABCD', not by its name",
          "Copy it from the end of the channel's link: it stays when the channel is renamed.",
        ),
      )
      .optional(),
    for: kinds.optional(),
  })
  .superRefine(({ workspace, channel }, context) => {
    if ((workspace === undefined) === (channel === undefined)) return;
    const [has, lacks] = workspace === undefined ? ['channel', 'workspace'] : ['workspace', 'channel'];
    const rule = `it names a ${has} and no ${lacks}`;
    const remedy = `Name the ${lacks} as well; with neither, you add the topic to a channel in the console of Amazon Q Developer yourself.`;
    context.addIssue({ code: 'custom', message: say(rule, remedy) });
  });

const SECRET_NAME = /^[a-z0-9]+(-[a-z0-9]+)*$/;
const webhook = z.strictObject({
  secret: z
    .string()
    .regex(
      SECRET_NAME,
      say(
        'a webhook names its secret, in lower-case letters and digits with - between them; the address itself is a secret',
        'Use e.g. secret: \'team-chat\', and put {"url": "https://…"} into stepwell/team-chat.',
      ),
    ),
  format: z
    .enum(
      ['slack', 'teams', 'json'],
      say("a format is 'slack' (also for Mattermost), 'teams' or 'json'", 'Use one of them.'),
    )
    .optional(),
  for: kinds.optional(),
});

export const alerts = z.strictObject({
  email: mailboxes.optional(),
  slack: slack.optional(),
  webhook: webhook.optional(),
  atOnce: z
    .int(say('alerts are counted in whole numbers', 'Round it.'))
    .min(1, say('at least one is told at once', 'Use e.g. 10.'))
    .max(1000, say('at most 1,000 are told at once', 'Use e.g. 10.'))
    .optional(),
  quarantineRate: share.optional(),
});
