/**
 * Counts what an invocation asks of AWS, for its usage line. Lambda runs one invocation of a function's instance at a time, so the counts
 * are the module's; what an earlier one has left under way counts for the one that is there.
 */
import type { RequestKind, SparkHours, Stretch, Used } from '../../lib/tasks/usage';

let requests = new Map<RequestKind, number>();
let aurora: { from: number; to: number } | undefined;
let redshift = new Map<string, Stretch | null>();
let spark = new Map<string, SparkHours>();

export function startUsage(): void {
  requests = new Map();
  aurora = undefined;
  redshift = new Map();
  spark = new Map();
}

export function usedSoFar(): Used {
  return {
    requests: Object.fromEntries(requests),
    ...(aurora ? { aurora: [aurora.from, aurora.to - aurora.from] } : {}),
    ...(redshift.size > 0 ? { redshift: Object.fromEntries(redshift) } : {}),
    ...(spark.size > 0 ? { spark: Object.fromEntries(spark) } : {}),
  };
}

export function count(kind: RequestKind, amount = 1): void {
  requests.set(kind, (requests.get(kind) ?? 0) + amount);
}

/** One of Redshift's that was submitted, or, with its time, that has ended. */
export function noteStatement(id: string, ran: Stretch | null): void {
  if (ran !== null || !redshift.has(id)) redshift.set(id, ran);
}

/** A job on Spark that has ended. */
export function noteSpark(id: string, used: SparkHours): void {
  spark.set(id, used);
}

type Handler = (args: { readonly input: unknown }) => Promise<{ readonly output: unknown }>;
interface Called {
  readonly clientName?: string;
  readonly commandName?: string;
}
interface Stack {
  add(middleware: (next: Handler, called: Called) => Handler, options: object): void;
}

/** For each client of `clients.ts`: attempts are counted, as each is billed. */
export const counting = {
  applyToStack(stack: Stack): void {
    stack.add(countAttempt, { step: 'finalizeRequest', name: 'countAttempt', priority: 'low' });
    stack.add(countUnits, { step: 'initialize', name: 'countUnits' });
  },
};

const countAttempt =
  (next: Handler, { clientName = '', commandName = '' }: Called): Handler =>
  async (args) => {
    const kind = kindOf(clientName, commandName);
    if (kind !== undefined) count(kind);
    if (kind !== 'rdsData') return next(args);
    aurora ??= { from: Date.now(), to: Date.now() };
    try {
      return await next(args);
    } finally {
      if (aurora) aurora.to = Date.now();
    }
  };

/** DynamoDB bills by what it reads and writes, and says how much that was. A condition that fails is billed as a write. */
const countUnits =
  (next: Handler, { clientName = '', commandName = '' }: Called): Handler =>
  async (args) => {
    if (clientName !== 'DynamoDBClient' || !DYNAMO.test(commandName)) return next(args);
    const kind = /^(Get|Query|Scan|BatchGet)/.test(commandName) ? 'dynamoRead' : 'dynamoWrite';
    (args.input as { ReturnConsumedCapacity?: string }).ReturnConsumedCapacity ??= 'TOTAL';
    try {
      const result = await next(args);
      count(kind, unitsIn(result.output));
      return result;
    } catch (error) {
      count(kind);
      throw error;
    }
  };

const DYNAMO = /^(Get|Query|Scan|BatchGet|Put|Update|Delete|BatchWrite)(Item)?Command$/;

function unitsIn(output: unknown): number {
  const { ConsumedCapacity = [] } = output as { ConsumedCapacity?: Capacity | readonly Capacity[] };
  return [ConsumedCapacity].flat().reduce((sum, { CapacityUnits = 0 }: Capacity) => sum + CapacityUnits, 0);
}

interface Capacity {
  readonly CapacityUnits?: number;
}

function kindOf(clientName: string, commandName: string): RequestKind | undefined {
  switch (clientName) {
    case 'S3Client':
      if (/^(Delete|Abort)/.test(commandName)) return undefined;
      return /^(Put|Post|Copy|List|Upload|Create|Complete)/.test(commandName) ? 's3Write' : 's3Read';
    case 'RDSDataClient':
      return 'rdsData';
    case 'SecretsManagerClient':
      return 'secrets';
    case 'SNSClient':
      return 'sns';
    case 'EventBridgeClient':
      return 'events';
    default:
      return undefined;
  }
}
