import { readFileSync } from 'node:fs';
import { SAMPLE_CITIES } from '../../lib/samples/weather/cities';
import { observationOf } from '../../lib/samples/weather/observations';

test('at least 50 cities, two of them observed, every other one labelled as the shifted copy that it is', () => {
  expect(SAMPLE_CITIES.length).toBeGreaterThanOrEqual(50);
  expect(new Set(SAMPLE_CITIES.map(({ id }) => id)).size).toBe(SAMPLE_CITIES.length);
  expect(SAMPLE_CITIES.filter(({ copyOf }) => copyOf === undefined).map(({ name }) => name)).toEqual([
    'Seattle',
    'New York',
  ]);
});

test("a day of Seattle and New York is NOAA's, so many years earlier that leap days meet", () => {
  const lines = readFileSync('node_modules/vega-datasets/data/weather.csv', 'utf8').split('\n');
  for (const [index, station] of ['Seattle', 'New York'].entries()) {
    for (const [date, observed] of [
      ['2024-02-29', '2012-02-29'],
      ['2027-07-01', '2015-07-01'],
      ['2026-12-31', '2014-12-31'],
    ]) {
      const { precipitation, max, min, wind, weather } = observationOf(SAMPLE_CITIES[index]!, date!);
      expect(lines).toContain(
        [station, observed, precipitation.toFixed(1), max.toFixed(1), min.toFixed(1), wind.toFixed(1), weather].join(
          ',',
        ),
      );
    }
  }
});
