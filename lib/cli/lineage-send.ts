import { CloudFormationClient, DescribeStackResourcesCommand } from '@aws-sdk/client-cloudformation';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { type Connection, type DeployedPipeline, deployed, pipelineNamed } from '../operate/connection';
import { Refused, UserError } from '../operate/errors';
import { plural } from '../operate/text';
import type { SentOutput } from '../tasks/lineage';
import { connect } from './connect';
import { printer, type VerbOptions } from './printer';
import { red } from './terminal';

type Sent = SentOutput & { readonly pipeline: string };

/** Has each pipeline's lineage function send what waits. @throws {UserError} where something is left */
export async function sendLineage(pipeline: string | undefined, options: VerbOptions): Promise<void> {
  const connection = await connect(options);
  const stacks = await deployed(connection);
  const asked = pipeline === undefined ? stacks.pipelines : [pipelineNamed(stacks, pipeline)];
  const functions = await Promise.all(
    asked.map(async (one) => ({ ...one, functionName: await lineageFunction(connection, one) })),
  );
  const told = functions.filter(({ functionName }) => functionName !== undefined);
  if (told.length === 0)
    throw new Refused(
      `${pipeline === undefined ? 'No pipeline is' : `${pipeline} is not`} told to OpenLineage in ${stacks.where}. Set "stepwell:lineage" in cdk.json, and deploy.`,
    );
  const found: Sent[] = [];
  for (const { name, functionName } of told) found.push({ pipeline: name, ...(await send(connection, functionName!)) });
  printer(options).print(found, (all) =>
    all.map(({ pipeline: name, sent, left, problem }) =>
      left === 0
        ? `${name}: ${sent === 0 ? 'nothing waits' : `${plural(sent, 'batch', 'batches')} sent`}${problem === undefined ? '' : `. ${problem}`}`
        : red(`${name}: ${plural(sent, 'batch', 'batches')} sent, at least ${left} left: ${problem}`),
    ),
  );
  if (found.some(({ left }) => left > 0)) throw new UserError('Not all lineage was taken; what is left waits.');
}

async function lineageFunction({ client }: Connection, { stackName }: DeployedPipeline): Promise<string | undefined> {
  const { StackResources = [] } = await new CloudFormationClient(client).send(
    new DescribeStackResourcesCommand({ StackName: stackName }),
  );
  return StackResources.find(
    ({ ResourceType, LogicalResourceId }) =>
      ResourceType === 'AWS::Lambda::Function' && LogicalResourceId?.startsWith('LineageFunction'),
  )?.PhysicalResourceId;
}

async function send({ client }: Connection, functionName: string): Promise<SentOutput> {
  const { Payload, FunctionError } = await new LambdaClient(client).send(
    new InvokeCommand({ FunctionName: functionName, Payload: JSON.stringify({ send: 'undelivered' }) }),
  );
  const answer = JSON.parse(Buffer.from(Payload ?? []).toString('utf8')) as SentOutput & { errorMessage?: string };
  if (FunctionError !== undefined) throw new UserError(`${functionName}: ${answer.errorMessage}`);
  return answer;
}
