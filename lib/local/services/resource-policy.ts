/** The policy that a resource's own API has given it (a bucket's, a queue's, a topic's), as IAM is to see it. */
import type { PolicyDocument } from '../iam';

export interface ResourcePolicies {
  putResourcePolicy(resourceArn: string, id: string, document: PolicyDocument): void;
  removeResourcePolicy(resourceArn: string, id: string): void;
}

const ID = 'own policy';

/** Makes the policy count; without a document, takes it away. */
export function applyOwnPolicy(
  policies: ResourcePolicies | undefined,
  arn: string,
  document: string | undefined,
): void {
  if (document) policies?.putResourcePolicy(arn, ID, JSON.parse(document) as PolicyDocument);
  else policies?.removeResourcePolicy(arn, ID);
}
