/**
 * A subsegment of the invocation's X-Ray trace, annotated with pipeline and run, so that traces can be searched by them.
 * The tracer is loaded only for an invocation that X-Ray samples: it costs 12 ms of a cold start, and its asynchronous hooks a
 * twentieth of all that comes after it.
 */
import type { Tracer } from '@aws-lambda-powertools/tracer';

let tracer: Promise<Tracer> | undefined;

export async function traced<T>(annotations: Readonly<Record<string, string>>, work: () => Promise<T>): Promise<T> {
  if (!isSampled()) return work();
  tracer ??= import('@aws-lambda-powertools/tracer').then(({ Tracer }) => new Tracer());
  const tracing = await tracer;
  const parent = tracing.getSegment();
  const segment = parent?.addNewSubsegment('## task');
  if (!parent || !segment) return work();
  tracing.setSegment(segment);
  try {
    for (const [key, value] of Object.entries(annotations)) tracing.putAnnotation(key, value);
    return await work();
  } catch (error) {
    tracing.addErrorAsMetadata(error as Error);
    throw error;
  } finally {
    segment.close();
    tracing.setSegment(parent);
  }
}

/** `Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1` */
function isSampled(): boolean {
  const { AWS_XRAY_DAEMON_ADDRESS, _X_AMZN_TRACE_ID = '' } = process.env;
  return !!AWS_XRAY_DAEMON_ADDRESS && _X_AMZN_TRACE_ID.split(';').includes('Sampled=1');
}
