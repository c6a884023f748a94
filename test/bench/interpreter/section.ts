/** How fast state machines run here, and what memory they need. */
import { atLeast, atMost, type Goal } from '../goals';
import type { Section } from '../sections';
import { type CloudMeasures, measureCloud } from './cloud';
import { type ComparedRate, compareRates } from './compare';
import { MAP_ITEMS } from './machines';

/** Transitions a second, of `aws-local-stepfunctions`'. */
const RATIOS: Readonly<Record<string, number>> = { Pass: 1, Choice: 2.5, Map: 2.5, Parallel: 1 };

export async function interpreterSection(children: readonly number[], repeats: number): Promise<Section> {
  const rates = await compareRates(repeats);
  const cloud = await measureCloud([...children].sort((a, b) => a - b));
  const { durable, mapRuns, readySeconds, readyAgainSeconds, idleMb, mapPeakMb } = cloud;
  return {
    tables: [
      {
        title: 'State transitions a second in memory: with the complete history, and aws-local-stepfunctions',
        rows: rates,
      },
      { title: 'Through the API of the local cloud, histories on disk', rows: durable },
      { title: 'Distributed Maps, one after the other in the same local cloud', rows: mapRuns },
      {
        title: 'The local cloud with all pipelines deployed',
        rows: [{ readySeconds, readyAgainSeconds, idleMb, mapPeakMb }],
      },
    ],
    goals: [...rates.map(rateGoal), ...durable.flatMap((one) => durableGoals(one, rates)), ...cloudGoals(cloud)],
    result: { rates, ...cloud },
  };
}

const rateGoal = ({ machine, ratio }: ComparedRate): Goal =>
  atLeast(RATIOS[machine]!, {
    measure: `${machine}, history in memory: transitions a second, of aws-local-stepfunctions'`,
    figure: ratio,
    unit: '×',
    baseline: 1,
  });

function durableGoals(
  { machine, rate, createMs, warmCreateMs }: CloudMeasures['durable'][number],
  rates: readonly ComparedRate[],
): Goal[] {
  const compared = rates.find((one) => one.machine === machine)!;
  const goals = [
    atLeast(20_000, {
      measure: `${machine}, history on disk: transitions a second`,
      figure: rate,
      unit: '',
      baseline: compared.theirRate,
    }),
  ];
  // The others have few states.
  if (machine === 'Pass' || machine === 'Choice') {
    goals.push(
      atMost(20, {
        measure: `CreateStateMachine, 1,000 states of ${machine}, the first ten of a process`,
        figure: createMs,
        unit: 'ms',
        baseline: compared.theirCreateMs,
      }),
      atMost(20, {
        measure: `CreateStateMachine, 1,000 states of ${machine}, after forty`,
        figure: warmCreateMs,
        unit: 'ms',
        baseline: compared.theirCreateMs,
      }),
    );
  }
  return goals;
}

function cloudGoals({ mapRuns, mapPeakMb, idleMb, readySeconds, readyAgainSeconds, bare }: CloudMeasures): Goal[] {
  const [least, most] = [mapRuns[0]!, mapRuns.at(-1)!];
  return [
    atMost(200, {
      measure: `peak memory of the local cloud, Map of ${MAP_ITEMS} items`,
      figure: mapPeakMb,
      unit: 'MB',
      baseline: idleMb,
    }),
    atMost(100, {
      measure: `bytes kept for each finished child, Distributed Map of ${most.children}`,
      figure: mapRuns.length > 1 ? ((most.heapMb - least.heapMb) * 1024 ** 2) / most.children : undefined,
      unit: 'B',
    }),
    atMost(150, {
      measure: 'memory at rest, all pipelines deployed',
      figure: idleMb,
      unit: 'MB',
      baseline: bare.idleMb,
    }),
    atMost(3, {
      measure: 'ready, new state folder',
      figure: readySeconds,
      unit: 's',
      baseline: bare.readySeconds,
    }),
    atMost(3, {
      measure: 'ready, the same state folder',
      figure: readyAgainSeconds,
      unit: 's',
      baseline: bare.readySeconds,
    }),
  ];
}
