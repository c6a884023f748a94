/** How old the data of a pipeline's tables is, against the age that is its goal: of the table that is nearest to it, or past it. */
import type { Freshness as Fresh, PipelineOverview } from '../../../types/overview';
import { durationText, utcText } from '../../parts/text';
import { now } from '../../parts/time';

export function Freshness({ tables, deadline }: Pick<PipelineOverview, 'tables' | 'deadline'>) {
  const worst = nearest(tables, now.value);
  if (worst === undefined) return <span class="quiet">no data yet</span>;
  const { asOf, withinSeconds } = worst;
  const ageMs = now.value - Date.parse(asOf);
  const all = tables.map(({ table, asOf: of }) => `${table}: data of ${utcText(of)}`).join('\n');
  if (withinSeconds === undefined)
    return (
      <span class="fresh" title={all}>
        {durationText(ageMs)} <span class="quiet">old</span>
        {deadline?.isMissed ? <strong class="late"> · deadline missed</strong> : null}
      </span>
    );
  const goalMs = withinSeconds * 1000;
  const isLate = ageMs > goalMs;
  return (
    <div class={`fresh ${isLate ? 'is-bad' : ageMs > goalMs * 0.8 ? 'is-partial' : 'is-good'}`} title={all}>
      <span class="gauge" aria-hidden="true">
        <span style={{ width: `${Math.min(100, (ageMs / goalMs) * 100)}%` }} />
      </span>
      {isLate ? (
        <strong class="late">late by {durationText(ageMs - goalMs)}</strong>
      ) : (
        <span>
          {durationText(ageMs)} <span class="quiet">of {durationText(goalMs)}</span>
        </span>
      )}
    </div>
  );
}

export const isLate = ({ asOf, withinSeconds }: Fresh, at: number): boolean =>
  withinSeconds !== undefined && at - Date.parse(asOf) > withinSeconds * 1000;

/** To its goal; where none has one, the oldest. */
function nearest(tables: readonly Fresh[], at: number): Fresh | undefined {
  const share = ({ asOf, withinSeconds }: Fresh) => {
    const age = at - Date.parse(asOf);
    return withinSeconds === undefined ? age / 1e15 : age / (withinSeconds * 1000);
  };
  return [...tables].sort((a, b) => share(b) - share(a))[0];
}
