/** CloudFormation's protocol for custom resources: it waits, for an hour if need be, until somebody puts an answer to a URL. */
import * as z from 'zod/mini';
import { type Properties, properties } from './properties';

export const resourceEvent = z.object({
  RequestType: z.enum(['Create', 'Update', 'Delete']),
  ResponseURL: z.string(),
  StackId: z.string(),
  RequestId: z.string(),
  LogicalResourceId: z.string(),
  PhysicalResourceId: z.optional(z.string()),
  ResourceProperties: z.unknown(),
});
export type ResourceEvent = z.infer<typeof resourceEvent>;

export interface RespondServices {
  readonly bootstrap: (properties: Properties) => Promise<string>;
  readonly put: (url: string, body: string) => Promise<void>;
  readonly log: (line: string, error?: Error) => void;
  /** Rejects shortly before the function's time is up, so that there is time left to say so. */
  readonly timeIsUp: Promise<never>;
}

/** Does what the event asks, and answers in any case. */
export async function respond(event: ResourceEvent, services: RespondServices): Promise<void> {
  const answer = await answerTo(event, services);
  const { StackId, RequestId, LogicalResourceId } = event;
  await services.put(event.ResponseURL, JSON.stringify({ StackId, RequestId, LogicalResourceId, ...answer }));
}

interface Answer {
  readonly Status: 'SUCCESS' | 'FAILED';
  readonly PhysicalResourceId: string;
  readonly Reason?: string;
}

async function answerTo(event: ResourceEvent, services: RespondServices): Promise<Answer> {
  const id = event.PhysicalResourceId ?? 'stepwell-database-user';
  if (event.RequestType === 'Delete') {
    const reason = `${id}: the user, its schemas and all tables stay in the database; drop them there if the data is not wanted any more.`;
    services.log(reason);
    return { Status: 'SUCCESS', PhysicalResourceId: id, Reason: reason };
  }
  try {
    const parsed = z.safeParse(properties, event.ResourceProperties);
    if (!parsed.success) {
      const wrong = parsed.error.issues.map((issue) => issue.path.map(String).join('.') || 'Engine').join(', ');
      throw new TypeError(`Custom::StepwellDatabaseUser has missing, wrong or unknown properties: ${wrong}.`);
    }
    const username = await Promise.race([services.bootstrap(parsed.data), services.timeIsUp]);
    return { Status: 'SUCCESS', PhysicalResourceId: `${parsed.data.Engine}:${username}` };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    services.log(`The bootstrap failed: ${reason}`, error instanceof Error ? error : undefined);
    // The whole answer may have 4096 bytes.
    return { Status: 'FAILED', PhysicalResourceId: id, Reason: reason.slice(0, 1_000) };
  }
}
