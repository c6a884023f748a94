import { compileAlerts } from '../../lib/compiler/alerts';
import { append, csv, key, lake, landedFiles, s3Arrival, sql } from '../../lib/pipeline';
import { ALERT_KINDS } from '../../lib/tasks/alert';
import { mistakes as mistakesOf } from './definitions';

const mistakes = (alerts: unknown): string[] =>
  mistakesOf({
    name: 'orders',
    trigger: s3Arrival('orders/*.csv'),
    sources: { orders: landedFiles({ glob: 'orders/*.csv', format: csv(), columns: { id: key.bigint() } }) },
    models: { lines: sql.text('SELECT id FROM orders') },
    sinks: [lake({ model: 'lines', table: 'lines', partitionBy: [], write: append() })],
    alerts,
  });

test.each([
  [{ email: ['a@b.de', { to: 'c@d.de', for: ['error'] }, { to: ['e@f.de', 'g@h.de'], for: ['warning', 'success'] }] }],
  [{ slack: {} }],
  [{ slack: { workspace: 'T0123ABCD', channel: 'C0123ABCD', for: ['error', 'recovery'] } }],
  [{ webhook: { secret: 'team-chat' } }],
  [{ webhook: { secret: 'team-chat', format: 'teams', for: ['info'] }, atOnce: 3 }],
  [{ email: [] }],
])('%j is understood', (alerts) => {
  expect(mistakes(alerts)).toEqual([]);
});

test.each<[unknown, string]>([
  [{ email: ['a@b.de', { to: 'a@b.de' }] }, "alerts.email[1].to is 'a@b.de': it is there twice. Remove one."],
  [
    { email: [{ to: ['nobody'] }] },
    "alerts.email[0].to[0] is 'nobody': an address looks like data@example.com. Correct it.",
  ],
  [
    { email: [{ for: ['error'] }] },
    'alerts.email[0].to is missing: an address looks like data@example.com. Correct it.',
  ],
  [{ email: [7] }, 'alerts.email[0] is 7: an address looks like data@example.com. Correct it.'],
  [
    { email: [{ to: 'a@b.de', for: ['errors'] }] },
    "alerts.email[0].for[0] is 'errors': there is no such severity or kind of alert. Did you mean 'error'?",
  ],
  [
    { email: [{ to: 'a@b.de', for: 'error' }] },
    "alerts.email[0].for is 'error': for lists severities and kinds of alerts, as 'error', 'warning', 'success'. Use e.g. for: ['error'].",
  ],
  [
    { email: [{ to: 'a@b.de', for: [] }] },
    "alerts.email[0].for is []: for names at least one severity or kind. Use e.g. for: ['error'], or leave it out.",
  ],
  [
    { email: [{ to: 'a@b.de', for: ['error', 'failure'] }] },
    "alerts.email[0].for[1] is 'failure': 'error' has it already. Remove one.",
  ],
  [
    { email: [{ to: 'a@b.de', on: ['error'] }] },
    'alerts.email[0].on is ["error"]: there is no such option. Use for: [\'error\'].',
  ],
  [{ emails: [] }, "alerts.emails is []: there is no such option. Use email: ['data@example.com']."],
  [
    { slack: { channel: '#data', workspace: 'T01' } },
    "alerts.slack.channel is '#data': a channel is named by its id, as 'C0123ABCD', not by its name. Copy it from the end of the channel's link: it stays when the channel is renamed.",
  ],
  [
    { slack: { workspace: 'T01' } },
    'alerts.slack is {"workspace":"T01"}: it names a workspace and no channel. Name the channel as well; with neither, you add the topic to a channel in the console of Amazon Q Developer yourself.',
  ],
  [
    { slack: { severity: 'x' } },
    "alerts.slack.severity is 'x': there is no such option. Known: workspace, channel, for.",
  ],
  [
    { webhook: { secret: 'team-chat', format: 'discord' } },
    "alerts.webhook.format is 'discord': a format is 'slack' (also for Mattermost), 'teams' or 'json'. Use one of them.",
  ],
  [{ atOnce: 0 }, 'alerts.atOnce is 0: at least one is told at once. Use e.g. 10.'],
  [{ quarantinRate: 0.1 }, "alerts.quarantinRate is 0.1: there is no such option. Did you mean 'quarantineRate'?"],
  ['a@b.de', "alerts is 'a@b.de': alerts says who is told. Use e.g. alerts: { email: ['data@example.com'] }."],
])('%j is told with its rule and its remedy', (alerts, expected) => {
  expect(mistakes(alerts)).toContain(expected);
});

test.each([
  [{ webhook: 'https://hooks.slack.com/services/T0/B0/hunter2' }],
  [{ webhook: { url: 'https://chat.example.com/hooks/hunter2' } }],
  [{ webhook: { secret: 'https://chat.example.com/hooks/hunter2' } }],
  [{ slack: { webhook: 'https://chat.example.com/hooks/hunter2' } }],
  [{ url: 'https://chat.example.com/hooks/hunter2' }],
])('the address of a webhook is not shown again: case %#', (alerts) => {
  const found = mistakes(alerts);
  expect(found.length).toBeGreaterThan(0);
  expect(found.join('\n')).not.toContain('hunter2');
  expect(found.join('\n')).toMatch(/team-chat/);
});

describe('who hears of what', () => {
  const but = (...kinds: string[]) => ALERT_KINDS.filter((kind) => !kinds.includes(kind));

  test('without for, everything but successes: such an address needs no filter', () => {
    expect(compileAlerts(undefined)).toEqual({ email: [] });
    expect(compileAlerts({ email: ['a@b.de', { to: ['c@d.de'] }] })).toEqual({ email: ['a@b.de', 'c@d.de'] });
  });

  test('severities stand for their kinds', () => {
    const { routed, email } = compileAlerts({ email: [{ to: 'a@b.de', for: ['error', 'recovery'] }] });
    expect(email).toEqual([]);
    expect(routed).toEqual([
      {
        address: 'a@b.de',
        kinds: ['recovery', 'failure', 'deadline', 'freshness', 'stuck', 'reconciliation', 'alarm'],
      },
    ]);
  });

  test('where somebody wants to hear of successes, the others have a filter', () => {
    expect(compileAlerts({ email: ['a@b.de', { to: 'c@d.de', for: ['info', 'warning', 'error'] }] })).toEqual({
      email: ['c@d.de'],
      routed: [{ address: 'a@b.de', kinds: but('success') }],
      success: true,
    });
  });

  test('chats as mails', () => {
    expect(compileAlerts({ slack: { for: ['failure'] }, webhook: { secret: 's' }, atOnce: 3 })).toEqual({
      email: [],
      slack: { kinds: ['failure'] },
      webhook: { secret: 's', format: 'slack', kinds: but('success') },
      atOnce: 3,
    });
  });
});
