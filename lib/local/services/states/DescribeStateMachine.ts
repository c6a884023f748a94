import type { DescribeStateMachineInput } from '@aws-sdk/client-sfn';
import type { OperationOf } from '../stateful';
import type { StatesState } from './state';
import { variableReferences } from './variables';
import { targetOf } from './versions';

/** Also of a version, of the one that an alias leads to, and of a labelled Map state. */
export const DescribeStateMachine: OperationOf<StatesState, DescribeStateMachineInput> = (state) => ({
  authorize: ({ stateMachineArn }) => [{ action: 'states:DescribeStateMachine', resource: String(stateMachineArn) }],

  async handle({ stateMachineArn, includedData = 'ALL_DATA' }) {
    const { engine } = state();
    const target = targetOf(engine, stateMachineArn);
    const definition = await engine.catalogue.definitionText(target.definition);
    return {
      stateMachineArn: target.stateMachineVersionArn ?? stateMachineArn,
      name: target.name,
      status: target.isDeleting ? 'DELETING' : 'ACTIVE',
      roleArn: target.roleArn,
      type: target.type,
      creationDate: new Date(target.creationDate),
      ...target.settings,
      ...(target.label === undefined ? {} : { label: target.label }),
      ...(target.revisionId === undefined ? {} : { revisionId: target.revisionId }),
      ...(target.description === undefined ? {} : { description: target.description }),
      ...describedDefinition(definition, includedData),
    };
  },
});

/** METADATA_ONLY leaves out what a customer's key encrypts. */
export function describedDefinition(definition: string, includedData: string) {
  if (includedData === 'METADATA_ONLY') return { definition: '{}' };
  const references = variableReferences(definition);
  return { definition, ...(Object.keys(references).length === 0 ? {} : { variableReferences: references }) };
}
