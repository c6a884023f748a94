/** A chart, and the same as a table for who does not see it. */
import { useLayoutEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import type { Chart } from '../../../types/watch';
import { Table } from '../../parts/table';
import { countText, durationText, momentText } from '../../parts/text';

const HEIGHT = 190;
/** One for each series, as statuses have them. */
const COLOURS: Readonly<Record<string, string>> = {
  succeeded: '--good-fill',
  failed: '--bad-fill',
  rejected: '--bad-fill',
  extracted: '--running-fill',
  published: '--good-fill',
};
const OTHERS = ['--running-fill', '--partial-fill', '--bad-fill'] as const;

export const valueText = (unit: Chart['unit'], value: number | null | undefined): string => {
  if (value === null || value === undefined) return '–';
  if (unit === 'milliseconds') return durationText(value);
  if (unit === 'seconds') return durationText(value * 1000);
  return unit === 'percent' ? `${countText(Math.round(value * 100) / 100)} %` : countText(value);
};

export function ChartPanel({ chart }: { readonly chart: Chart }) {
  const { title, unit, times, series } = chart;
  const measured = times.flatMap((time, index) =>
    series.some(({ values }) => values[index] !== null) ? [{ time, index }] : [],
  );
  return (
    <section class="chart panel" aria-label={title}>
      <h2>{title}</h2>
      {measured.length === 0 ? (
        <p class="quiet chart-empty">Nothing was measured in this time.</p>
      ) : (
        <>
          <Plot chart={chart} />
          <details>
            <summary>As a table</summary>
            <Table
              label={`${title}, as a table`}
              columns={[
                { title: 'From', isHeader: true, cell: ({ time }) => momentText(new Date(time * 1000).toISOString()) },
                ...series.map(({ label, values }) => ({
                  title: label,
                  isNumber: true,
                  cell: ({ index }: { readonly index: number }) => valueText(unit, values[index]),
                })),
              ]}
              rows={measured}
              keyOf={({ time }) => String(time)}
            />
          </details>
        </>
      )}
    </section>
  );
}

function Plot({ chart }: { readonly chart: Chart }) {
  const frame = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const element = frame.current!;
    let plot = draw(element, chart);
    const again = () => {
      plot.destroy();
      plot = draw(element, chart);
    };
    const size = new ResizeObserver(() => plot.setSize({ width: element.clientWidth, height: HEIGHT }));
    size.observe(element);
    // A canvas does not change its colours by itself.
    const theme = new MutationObserver(again);
    theme.observe(document.documentElement, { attributeFilter: ['data-theme'] });
    const system = matchMedia('(prefers-color-scheme: dark)');
    system.addEventListener('change', again);
    return () => {
      size.disconnect();
      theme.disconnect();
      system.removeEventListener('change', again);
      plot.destroy();
    };
  }, [chart]);
  return <div class="plot" ref={frame} role="img" aria-label={summaryOf(chart)} />;
}

/** What one sees at a glance. */
export function summaryOf({ title, unit, series }: Chart): string {
  const parts = series.map(({ label, values }) => {
    const known = values.filter((value) => value !== null);
    return known.length === 0 ? `${label}: none` : `${label}: at most ${valueText(unit, Math.max(...known))}`;
  });
  return `${title}. ${parts.join('; ')}. The table below has all of it.`;
}

function draw(element: HTMLElement, { kind, unit, times, series }: Chart): uPlot {
  const colour = colours(element);
  const colourOf = (label: string, index: number) => colour(COLOURS[label] ?? OTHERS[index % OTHERS.length]!);
  const isColumns = kind === 'columns';
  const axis = { stroke: colour('--ink-soft'), grid: { stroke: colour('--line'), width: 1 }, ticks: { show: false } };
  // Columns stand on one another: the sum is drawn first, and what is below it over that.
  const inOrder = isColumns ? [...series.entries()].reverse() : [...series.entries()];
  const data: uPlot.AlignedData = [
    [...times],
    ...inOrder.map(([index, { values }]) => (isColumns ? stacked(series, index, times.length) : [...values])),
  ];
  return new uPlot(
    {
      width: element.clientWidth,
      height: HEIGHT,
      legend: { live: true },
      cursor: { y: false },
      scales: { y: { range: (_, __, most) => [0, Math.max(most * 1.08, 1)] } },
      axes: [
        { ...axis, space: 90, values: (_, ticks) => axisTimes(ticks) },
        {
          ...axis,
          size: 64,
          ...(unit === 'count' ? { incrs: WHOLE } : {}),
          values: (_, ticks) => ticks.map((tick) => valueText(unit, tick)),
        },
      ],
      series: [
        { label: 'At', value: (_, time) => (time === null ? '–' : momentText(new Date(time * 1000).toISOString())) },
        ...inOrder.map(([index, { label, values }]) => ({
          label,
          stroke: colourOf(label, index),
          width: isColumns ? 0 : 2,
          spanGaps: true,
          points: { show: !isColumns, size: 7, fill: colourOf(label, index) },
          ...(isColumns ? { fill: colourOf(label, index), paths: uPlot.paths.bars!({ size: [0.7, 24] }) } : {}),
          value: (_: uPlot, __: number | null, ___: number, at: number | null) =>
            at === null ? '–' : valueText(unit, values[at]),
        })),
      ],
    },
    data,
    element,
  );
}

/** Of what is counted there is no half. */
const WHOLE = [1, 10, 100, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8].flatMap((unit) => [unit, 2 * unit, 5 * unit]);

/** The hour; the day where another begins, or where there are days only. */
function axisTimes(ticks: readonly number[]): string[] {
  const texts = ticks.map((tick) => dayAndTime(new Date(tick * 1000)));
  const areDays = texts.every(([, time]) => time === texts[0]?.[1]);
  return texts.map(([day, time], index) =>
    areDays ? day : index > 0 && day === texts[index - 1]![0] ? time : `${time}\n${day}`,
  );
}

function dayAndTime(at: Date): [day: string, time: string] {
  const two = (n: number) => String(n).padStart(2, '0');
  return [`${two(at.getMonth() + 1)}-${two(at.getDate())}`, `${two(at.getHours())}:${two(at.getMinutes())}`];
}

function stacked(series: Chart['series'], upTo: number, length: number): (number | null)[] {
  return Array.from({ length }, (_, index) => {
    const values = series.slice(0, upTo + 1).map(({ values: own }) => own[index] ?? null);
    return values.every((value) => value === null)
      ? null
      : values.reduce<number>((sum, value) => sum + (value ?? 0), 0);
  });
}

/** As they are now: a custom property holds both of light and dark. */
function colours(element: HTMLElement): (name: string) => string {
  return (name) => {
    const probe = document.createElement('span');
    probe.style.color = `var(${name})`;
    element.append(probe);
    const { color } = getComputedStyle(probe);
    probe.remove();
    return color;
  };
}
