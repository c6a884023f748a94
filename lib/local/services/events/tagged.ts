import { AwsError } from '../../service';
import type { Tags } from '../tags';
import type { EventsState } from './state';
import { ruleByArn } from './summary';

interface Tagged {
  readonly tags: Tags;
  setTags(tags: Tags): Promise<void>;
}

/** A rule or a bus, by its ARN. */
export function taggedResource(state: EventsState, arn: string): Tagged {
  if (!/:event-bus\//.test(arn)) {
    const rule = ruleByArn(state, arn);
    return { tags: rule.tags, setTags: (tags) => state.putRule({ ...rule, tags }) };
  }
  const bus = state.buses.get(state.busName(arn));
  if (!bus) throw new AwsError('ValidationException', 'The default event bus has no tags here.');
  return { tags: bus.tags, setTags: (tags) => state.buses.set(bus.name, { ...bus, tags }) };
}
