/** Data: look a price up at its source, and change the date with it. */

/** US dollars. */
export interface Prices {
  /** of Lambda on arm64, the first tier */
  readonly lambdaGbSecond: number;
  readonly lambdaRequest: number;
  /** Step Functions, Standard */
  readonly stateTransition: number;
  /** S3 Standard: GET and all others, and PUT, COPY, POST, LIST */
  readonly s3Read: number;
  readonly s3Write: number;
  readonly s3GbMonth: number;
  /** DynamoDB on demand: a request unit */
  readonly dynamoRead: number;
  readonly dynamoWrite: number;
  readonly dynamoGbMonth: number;
  /** Redshift Serverless; its Data API costs nothing */
  readonly redshiftRpuHour: number;
  /** Aurora PostgreSQL Serverless v2, Aurora Standard */
  readonly auroraAcuHour: number;
  /** EMR Serverless on arm64 (x86: a quarter more): of what its workers have; storage beyond the 20 GB that each has for nothing */
  readonly sparkVcpuHour: number;
  readonly sparkGbHour: number;
  readonly sparkStorageGbHour: number;
  /** Kinesis on demand: of a stream, whatever is on it */
  readonly streamHour: number;
  /** what was put on it (with a day of keeping it), what was read, and what is kept for up to seven days */
  readonly streamInGb: number;
  readonly streamOutGb: number;
  readonly streamKeptGbMonth: number;
  /** RDS Data API */
  readonly rdsDataRequest: number;
  /** into a log group of class Standard */
  readonly logsGb: number;
  readonly metricMonth: number;
  readonly alarmMonth: number;
  readonly compositeAlarmMonth: number;
  readonly dashboardMonth: number;
  readonly secretMonth: number;
  readonly secretRequest: number;
  readonly snsRequest: number;
  /** EventBridge: an event of one's own; AWS's own are free */
  readonly event: number;
  /** of a VPC, for each subnet */
  readonly interfaceEndpointHour: number;
}

export interface PriceTable {
  readonly region: string;
  /** when the prices were looked up */
  readonly asOf: string;
  readonly prices: Prices;
  /** taken from us-east-1, as nothing of this region was at hand */
  readonly assumed: readonly (keyof Prices)[];
}

/** Where AWS publishes them: the pages, and the lists that programs read (`<offer>/current/<region>/index.json`). */
export const PRICE_SOURCES: Readonly<Record<string, string>> = {
  Lambda: 'https://aws.amazon.com/lambda/pricing/',
  'Step Functions': 'https://aws.amazon.com/step-functions/pricing/',
  S3: 'https://aws.amazon.com/s3/pricing/',
  DynamoDB: 'https://aws.amazon.com/dynamodb/pricing/on-demand/',
  'EMR Serverless': 'https://aws.amazon.com/emr/pricing/',
  Kinesis: 'https://aws.amazon.com/kinesis/data-streams/pricing/',
  Redshift: 'https://aws.amazon.com/redshift/pricing/',
  Aurora: 'https://aws.amazon.com/rds/aurora/pricing/',
  CloudWatch: 'https://aws.amazon.com/cloudwatch/pricing/',
  'Secrets Manager': 'https://aws.amazon.com/secrets-manager/pricing/',
  SNS: 'https://aws.amazon.com/sns/pricing/',
  EventBridge: 'https://aws.amazon.com/eventbridge/pricing/',
  lists: 'https://pricing.us-east-1.amazonaws.com/offers/v1.0/aws/index.json',
};

const US_EAST_1: Prices = {
  lambdaGbSecond: 0.0000133334,
  lambdaRequest: 0.2 / 1e6,
  stateTransition: 0.000025,
  s3Read: 0.0004 / 1e3,
  s3Write: 0.005 / 1e3,
  s3GbMonth: 0.023,
  dynamoRead: 0.125 / 1e6,
  dynamoWrite: 0.625 / 1e6,
  dynamoGbMonth: 0.25,
  redshiftRpuHour: 0.375,
  auroraAcuHour: 0.12,
  sparkVcpuHour: 0.042094,
  sparkGbHour: 0.004628,
  sparkStorageGbHour: 0.000111,
  streamHour: 0.04,
  streamInGb: 0.08,
  streamOutGb: 0.04,
  streamKeptGbMonth: 0.1,
  rdsDataRequest: 0.35 / 1e6,
  logsGb: 0.5,
  metricMonth: 0.3,
  alarmMonth: 0.1,
  compositeAlarmMonth: 0.5,
  dashboardMonth: 3,
  secretMonth: 0.4,
  secretRequest: 0.05 / 1e4,
  snsRequest: 0.5 / 1e6,
  event: 1 / 1e6,
  interfaceEndpointHour: 0.01,
};

const STREAM = ['streamHour', 'streamInGb', 'streamOutGb', 'streamKeptGbMonth'] as const;
const SPARK = ['sparkVcpuHour', 'sparkGbHour', 'sparkStorageGbHour'] as const;

/** Redshift: price list of 2026-09-21; Step Functions, S3, DynamoDB, EventBridge, CloudWatch and VPC: price lists of 2026-08. */
export const PRICE_TABLES: readonly PriceTable[] = [
  { region: 'us-east-1', asOf: '2026-09-21', prices: US_EAST_1, assumed: [] },
  {
    region: 'us-west-2',
    asOf: '2026-09-21',
    prices: { ...US_EAST_1, redshiftRpuHour: 0.36 },
    assumed: ['rdsDataRequest', ...STREAM],
  },
  {
    region: 'eu-west-1',
    asOf: '2026-09-21',
    prices: {
      ...US_EAST_1,
      dynamoRead: 0.1415 / 1e6,
      dynamoWrite: 0.705 / 1e6,
      dynamoGbMonth: 0.283,
      redshiftRpuHour: 0.387,
      auroraAcuHour: 0.14,
      logsGb: 0.57,
      interfaceEndpointHour: 0.011,
    },
    assumed: ['rdsDataRequest', ...STREAM, ...SPARK],
  },
  {
    region: 'eu-central-1',
    asOf: '2026-09-21',
    prices: {
      ...US_EAST_1,
      s3Read: 0.00043 / 1e3,
      s3Write: 0.0054 / 1e3,
      s3GbMonth: 0.0245,
      dynamoRead: 0.1525 / 1e6,
      dynamoWrite: 0.7625 / 1e6,
      dynamoGbMonth: 0.306,
      redshiftRpuHour: 0.451,
      auroraAcuHour: 0.14,
      logsGb: 0.63,
      interfaceEndpointHour: 0.012,
    },
    assumed: ['rdsDataRequest', ...STREAM, ...SPARK],
  },
];
