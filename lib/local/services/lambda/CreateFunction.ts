import type { CreateFunctionRequest, FunctionConfiguration } from '@aws-sdk/client-lambda';
import { AwsError } from '../../service';
import type { OperationOf } from '../stateful';
import { onFunction, passing } from './access';
import { changesOf, configurationOf, DEFAULTS, refuseInvalid, stamped } from './configuration';
import { checkFunctionName } from './names';
import type { FunctionRecord, LambdaState } from './state';

export const CreateFunction: OperationOf<LambdaState, CreateFunctionRequest, FunctionConfiguration> = (state) => ({
  authorize: (input, context) => [
    ...onFunction('CreateFunction', input.FunctionName as string, context),
    ...passing(input.Role),
  ],
  async handle(input, context) {
    const { cloud } = context;
    const { name } = checkFunctionName(input.FunctionName as string);
    if (state().functions.has(name))
      throw new AwsError('ResourceConflictException', `Function already exist: ${name}`, 409, { Type: 'User' });
    const roleArn = input.Role as string;
    if (state().iam.registry.role(roleArn) !== undefined && !state().iam.canAssume(roleArn, 'lambda.amazonaws.com')) {
      const message = 'The role defined for the function cannot be assumed by Lambda.';
      throw new AwsError('InvalidParameterValueException', message, 400, { Type: 'User' });
    }
    const record = stamped(
      {
        ...DEFAULTS,
        name,
        arn: `arn:aws:lambda:${cloud.region}:${cloud.account}:function:${name}`,
        logGroup: `/aws/lambda/${name}`,
        runtime: '',
        handler: '',
        ...changesOf(input),
        roleArn,
        code: await state().storeCode(input.Code ?? {}),
        ...(input.Tags === undefined ? {} : { tags: input.Tags }),
      } as FunctionRecord,
      context,
    );
    refuseInvalid(record);
    await state().functions.set(name, record);
    return configurationOf(input.Publish ? await state().versions.publish(record) : record);
  },
});
