/**
 * Cities of the sample weather server. Two are real: NOAA observed Seattle and New York. Each of the others is a copy of one of
 * them, shifted in time and temperature so that no two are alike, and says so in `copyOf`.
 */
export interface SampleCity {
  /** OpenWeather's id of the city */
  readonly id: number;
  readonly name: string;
  readonly country: string;
  readonly region: string;
  readonly lat: number;
  readonly lon: number;
  /** hours from UTC, without summer time */
  readonly utcOffsetHours: number;
  readonly station: 'Seattle' | 'New York';
  /** Undefined for the two that were really observed. */
  readonly copyOf?: { readonly days: number; readonly degrees: number };
}

/** id, name, country, region, lat, lon, hours from UTC */
type Line = readonly [number, string, string, string, number, number, number];

const REAL: readonly Line[] = [
  [5809844, 'Seattle', 'US', 'Americas', 47.6062, -122.3321, -8],
  [5128581, 'New York', 'US', 'Americas', 40.7143, -74.006, -5],
];

const COPIES: readonly Line[] = [
  [2643743, 'London', 'GB', 'Europe', 51.5085, -0.1257, 0],
  [2988507, 'Paris', 'FR', 'Europe', 48.8534, 2.3488, 1],
  [2950159, 'Berlin', 'DE', 'Europe', 52.5244, 13.4105, 1],
  [3117735, 'Madrid', 'ES', 'Europe', 40.4165, -3.7026, 1],
  [3169070, 'Rome', 'IT', 'Europe', 41.8947, 12.4839, 1],
  [2761369, 'Vienna', 'AT', 'Europe', 48.2085, 16.3721, 1],
  [3067696, 'Prague', 'CZ', 'Europe', 50.088, 14.4208, 1],
  [756135, 'Warsaw', 'PL', 'Europe', 52.2298, 21.0118, 1],
  [3054643, 'Budapest', 'HU', 'Europe', 47.498, 19.0399, 1],
  [2759794, 'Amsterdam', 'NL', 'Europe', 52.374, 4.8897, 1],
  [2800866, 'Brussels', 'BE', 'Europe', 50.8505, 4.3488, 1],
  [2618425, 'Copenhagen', 'DK', 'Europe', 55.6759, 12.5655, 1],
  [2673730, 'Stockholm', 'SE', 'Europe', 59.3326, 18.0649, 1],
  [3143244, 'Oslo', 'NO', 'Europe', 59.9127, 10.7461, 1],
  [658225, 'Helsinki', 'FI', 'Europe', 60.1695, 24.9354, 2],
  [2964574, 'Dublin', 'IE', 'Europe', 53.344, -6.2672, 0],
  [2267057, 'Lisbon', 'PT', 'Europe', 38.7167, -9.1333, 0],
  [264371, 'Athens', 'GR', 'Europe', 37.9795, 23.7162, 2],
  [683506, 'Bucharest', 'RO', 'Europe', 44.4323, 26.1063, 2],
  [727011, 'Sofia', 'BG', 'Europe', 42.6975, 23.3241, 2],
  [745044, 'Istanbul', 'TR', 'Europe', 41.0351, 28.9833, 3],
  [2657896, 'Zurich', 'CH', 'Europe', 47.3667, 8.55, 1],
  [3413829, 'Reykjavik', 'IS', 'Europe', 64.1355, -21.8954, 0],
  [1850147, 'Tokyo', 'JP', 'Asia', 35.6895, 139.6917, 9],
  [1835848, 'Seoul', 'KR', 'Asia', 37.5683, 126.9778, 9],
  [1816670, 'Beijing', 'CN', 'Asia', 39.9075, 116.3972, 8],
  [1796236, 'Shanghai', 'CN', 'Asia', 31.2222, 121.4581, 8],
  [1819729, 'Hong Kong', 'HK', 'Asia', 22.2783, 114.1747, 8],
  [1668341, 'Taipei', 'TW', 'Asia', 25.0478, 121.5319, 8],
  [1880252, 'Singapore', 'SG', 'Asia', 1.2897, 103.8501, 8],
  [1609350, 'Bangkok', 'TH', 'Asia', 13.754, 100.5014, 7],
  [1273294, 'Delhi', 'IN', 'Asia', 28.6667, 77.2167, 5.5],
  [1275339, 'Mumbai', 'IN', 'Asia', 19.0144, 72.8479, 5.5],
  [292223, 'Dubai', 'AE', 'Asia', 25.2582, 55.3047, 4],
  [293397, 'Tel Aviv', 'IL', 'Asia', 32.0809, 34.7806, 2],
  [1701668, 'Manila', 'PH', 'Asia', 14.6042, 120.9822, 8],
  [360630, 'Cairo', 'EG', 'Africa', 30.0626, 31.2497, 2],
  [2332459, 'Lagos', 'NG', 'Africa', 6.4541, 3.3947, 1],
  [184745, 'Nairobi', 'KE', 'Africa', -1.2833, 36.8167, 3],
  [3369157, 'Cape Town', 'ZA', 'Africa', -33.9258, 18.4232, 2],
  [2553604, 'Casablanca', 'MA', 'Africa', 33.5883, -7.6114, 1],
  [2147714, 'Sydney', 'AU', 'Oceania', -33.8679, 151.2073, 10],
  [2158177, 'Melbourne', 'AU', 'Oceania', -37.814, 144.9633, 10],
  [2193733, 'Auckland', 'NZ', 'Oceania', -36.8485, 174.7635, 12],
  [6167865, 'Toronto', 'CA', 'Americas', 43.7001, -79.4163, -5],
  [6077243, 'Montreal', 'CA', 'Americas', 45.5088, -73.5878, -5],
  [6173331, 'Vancouver', 'CA', 'Americas', 49.2497, -123.1193, -8],
  [4887398, 'Chicago', 'US', 'Americas', 41.85, -87.65, -6],
  [5368361, 'Los Angeles', 'US', 'Americas', 34.0522, -118.2437, -8],
  [5419384, 'Denver', 'US', 'Americas', 39.7392, -104.9847, -7],
  [4164138, 'Miami', 'US', 'Americas', 25.7743, -80.1937, -5],
  [3530597, 'Mexico City', 'MX', 'Americas', 19.4285, -99.1277, -6],
  [3688689, 'Bogota', 'CO', 'Americas', 4.6097, -74.0817, -5],
  [3936456, 'Lima', 'PE', 'Americas', -12.0432, -77.0282, -5],
  [3871336, 'Santiago', 'CL', 'Americas', -33.4569, -70.6483, -4],
  [3435910, 'Buenos Aires', 'AR', 'Americas', -34.6132, -58.3772, -3],
  [3448439, 'Sao Paulo', 'BR', 'Americas', -23.5475, -46.6361, -3],
];

const DAYS_IN_HALF_YEAR = 183;

export const SAMPLE_CITIES: readonly SampleCity[] = [
  ...REAL.map((line) => cityOf(line, line[1] as SampleCity['station'])),
  ...COPIES.map((line, index) => ({
    ...cityOf(line, index % 2 === 0 ? 'Seattle' : 'New York'),
    copyOf: {
      // South of the equator it is winter in July.
      days: (line[4] < 0 ? DAYS_IN_HALF_YEAR : 0) + 1 + (index % 29),
      // Warmer towards the equator: two degrees for each five of latitude.
      degrees: Math.round((45 - Math.abs(line[4])) * 4) / 10,
    },
  })),
];

function cityOf(
  [id, name, country, region, lat, lon, utcOffsetHours]: Line,
  station: SampleCity['station'],
): SampleCity {
  return { id, name, country, region, lat, lon, utcOffsetHours, station };
}
