/** Who hears of what: from `for`, in severities and kinds, to the kinds of each subscription. */
import type { AlertFilter, Alerts } from '../pipeline/types';
import { ALERT_KINDS, ALERT_SEVERITIES, type AlertKind } from '../tasks/alert';
import type { CompiledAlerts } from './types';

const BY_DEFAULT: readonly AlertFilter[] = ['error', 'warning', 'recovery'];

export function compileAlerts({ email = [], slack, webhook, atOnce }: Alerts = {}): CompiledAlerts {
  const boxes = email.flatMap((one) => {
    const { to, for: filter } = typeof one === 'string' ? { to: one, for: undefined } : one;
    return (typeof to === 'string' ? [to] : to).map((address) => ({ address, kinds: kindsOf(filter) }));
  });
  const channels = {
    ...(slack ? { slack: { ...withoutFilter(slack), kinds: kindsOf(slack.for) } } : {}),
    ...(webhook
      ? { webhook: { secret: webhook.secret, format: webhook.format ?? 'slack', kinds: kindsOf(webhook.for) } }
      : {}),
  };
  const wanted = new Set([...boxes, ...Object.values(channels)].flatMap(({ kinds }) => kinds));
  // Whoever wants everything that is published needs no filter, and hears of alarms by the same subscription.
  const published = ALERT_KINDS.filter((kind) => kind !== 'success' || wanted.has('success'));
  const hasAll = ({ kinds }: { readonly kinds: readonly AlertKind[] }) => kinds.length === published.length;
  const routed = boxes.filter((box) => !hasAll(box));
  return {
    email: boxes.filter(hasAll).map(({ address }) => address),
    ...(routed.length > 0 ? { routed } : {}),
    ...channels,
    ...(wanted.has('success') ? { success: true } : {}),
    ...(atOnce === undefined ? {} : { atOnce }),
  };
}

/** In the order of `ALERT_KINDS`. */
function kindsOf(filter: readonly AlertFilter[] = BY_DEFAULT): AlertKind[] {
  return ALERT_KINDS.filter((kind) => filter.includes(kind) || filter.includes(ALERT_SEVERITIES[kind]));
}

const withoutFilter = ({ workspace, channel }: NonNullable<Alerts['slack']>) =>
  workspace === undefined || channel === undefined ? {} : { workspace, channel };
