import type { AddPermissionRequest, AddPermissionResponse } from '@aws-sdk/client-lambda';
import type { PolicyStatement } from '../../iam';
import { AwsError } from '../../service';
import type { OperationOf } from '../stateful';
import { onFunction } from './access';
import { checkFunctionName, functionArn } from './names';
import { type LambdaState, registerPermissions } from './state';

export const AddPermission: OperationOf<LambdaState, AddPermissionRequest, AddPermissionResponse> = (state) => ({
  authorize: (input, context) => onFunction('AddPermission', input.FunctionName as string, context, input.Qualifier),
  async handle(input, { cloud }) {
    const record = state().function(input.FunctionName as string);
    const { name, qualifier } = checkFunctionName(input.FunctionName as string, input.Qualifier);
    const arn = functionArn(cloud, { name, ...(qualifier === undefined ? {} : { qualifier }) });
    const statement = statementOf(input, arn);
    const same = record.permissions.find(({ Sid }) => Sid === statement.Sid);
    if (same !== undefined)
      throw new AwsError(
        'ResourceConflictException',
        `The statement id (${statement.Sid}) provided already exists. Please provide a new statement id, or remove the existing statement.`,
        409,
        { Type: 'User' },
      );
    const updated = { ...record, permissions: [...record.permissions, statement] };
    await state().functions.set(record.name, updated);
    registerPermissions(state().iam, updated);
    return { Statement: JSON.stringify(statement) };
  },
});

function statementOf(input: AddPermissionRequest, arn: string): PolicyStatement & { Sid: string } {
  const principal = input.Principal as string;
  const conditions = {
    ...(input.SourceArn === undefined ? {} : { ArnLike: { 'AWS:SourceArn': input.SourceArn } }),
    ...(input.SourceAccount === undefined ? {} : { StringEquals: { 'AWS:SourceAccount': input.SourceAccount } }),
  };
  return {
    Sid: input.StatementId as string,
    Effect: 'Allow',
    Principal:
      principal === '*'
        ? '*'
        : principal.endsWith('.amazonaws.com')
          ? { Service: principal }
          : { AWS: principalArn(principal) },
    Action: input.Action as string,
    Resource: arn,
    ...(Object.keys(conditions).length === 0 ? {} : { Condition: conditions }),
  };
}

function principalArn(principal: string): string {
  return /^\d{12}$/.test(principal) ? `arn:aws:iam::${principal}:root` : principal;
}
