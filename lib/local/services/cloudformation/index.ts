import type { Service } from '../../service';
import { describeStackResource, describeStackResources, listStackResources } from './DescribeStackResources';
import { describeStacks } from './DescribeStacks';
import { getTemplate } from './GetTemplate';
import { listExports } from './ListExports';
import { listStacks } from './ListStacks';
import type { Stacks } from './state';

export type { Stacks } from './state';

/** AWS CloudFormation, to read: stacks, their outputs, exports and resources. */
export function createCloudFormationService(stacks: Stacks): Service {
  return {
    name: 'cloudformation',
    operations: {
      DescribeStackResource: describeStackResource(stacks),
      DescribeStackResources: describeStackResources(stacks),
      DescribeStacks: describeStacks(stacks),
      GetTemplate: getTemplate(stacks),
      ListExports: listExports(stacks),
      ListStackResources: listStackResources(stacks),
      ListStacks: listStacks(stacks),
    },
  };
}
