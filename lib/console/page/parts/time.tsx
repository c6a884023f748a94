/** Times and how long something takes. They go on by themselves: one clock for all of them. */
import { signal } from '@preact/signals';
import { agoText, durationText, momentText, utcText } from './text';

/** To the second. */
export const now = signal(Date.now());
setInterval(() => {
  if (!document.hidden) now.value = Date.now();
}, 1000);

/** Local, with UTC in its title. */
export const Moment = ({ at }: { readonly at: string }) => (
  <time dateTime={at} title={utcText(at)}>
    {momentText(at, now.value)}
  </time>
);

export const Ago = ({ at }: { readonly at: string }) => (
  <time dateTime={at} title={utcText(at)}>
    {agoText(now.value - Date.parse(at))}
  </time>
);

/** From `from` to `to`, or until now. */
export const Duration = ({ from, to }: { readonly from: string; readonly to?: string | undefined }) => (
  <span class="number">{durationText((to === undefined ? now.value : Date.parse(to)) - Date.parse(from))}</span>
);
