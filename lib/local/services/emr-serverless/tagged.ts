import { notFound } from './record';
import type { EmrServerlessState } from './state';

type Tags = Readonly<Record<string, string>>;

/** `…:/applications/<id>`, or `…/jobruns/<id>` behind it. @throws ResourceNotFoundException */
export function tagged(state: EmrServerlessState, arn = '') {
  const [, applicationId, jobRunId] = /:\/applications\/([0-9a-z]+)(?:\/jobruns\/([0-9a-z]+))?$/.exec(arn) ?? [];
  if (applicationId === undefined) throw notFound('Resource', arn);
  if (jobRunId === undefined) {
    const application = state.application(applicationId);
    const set = (tags: Tags) => state.applications.set(application.id, { ...application, tags });
    return { tags: application.tags, set };
  }
  const job = state.job(applicationId, jobRunId);
  return { tags: job.tags, set: (tags: Tags) => state.jobs.set(job.id, { ...job, tags }) };
}
