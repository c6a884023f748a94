/** What the local cloud as a whole does with state machines: through its API, each history on disk before anybody hears of an end. */
import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import {
  CreateStateMachineCommand,
  DescribeExecutionCommand,
  SFNClient,
  StartExecutionCommand,
  StartSyncExecutionCommand,
  type StateMachineType,
} from '@aws-sdk/client-sfn';
import type { StateMachine } from '../../../lib/asl/types';
import { localClientOptions } from '../../../lib/operate/local';

export interface Caller {
  /** `definition`: its JSON. */
  create(definition: string, type?: StateMachineType): Promise<string>;
  /** Resolves when the execution has succeeded. */
  run(stateMachineArn: string, input: string): Promise<void>;
  /** The same of an Express state machine. */
  runExpress(stateMachineArn: string, input: string): Promise<void>;
  /** A Distributed Map over the items of an object, whose results go to the same bucket. */
  mapRunOver(key: string): StateMachine;
  /** Puts an object into the caller's bucket. */
  put(key: string, body: string): Promise<void>;
  close(): void;
}

const ROLE = 'bench';
const BUCKET = 'bench';
const LOOK_MS = 2;

export async function openCaller(endpoint: string): Promise<Caller> {
  const options = localClientOptions(endpoint);
  // StartSyncExecution has a host of its own, which does not resolve below 127.0.0.1.
  const states = new SFNClient({ ...options, disableHostPrefix: true });
  const s3 = new S3Client({ ...options, forcePathStyle: true });
  const iam = new IAMClient(options);
  const allowing = (Statement: object) => JSON.stringify({ Version: '2012-10-17', Statement });
  const { Role } = await iam.send(
    new CreateRoleCommand({
      RoleName: ROLE,
      AssumeRolePolicyDocument: allowing([
        { Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service: 'states.amazonaws.com' } },
      ]),
    }),
  );
  await iam.send(
    new PutRolePolicyCommand({
      RoleName: ROLE,
      PolicyName: 'all',
      PolicyDocument: allowing([{ Effect: 'Allow', Action: ['s3:*', 'states:*'], Resource: '*' }]),
    }),
  );
  await s3.send(new CreateBucketCommand({ Bucket: BUCKET }));
  let machines = 0;
  return {
    async create(definition, type = 'STANDARD') {
      const { stateMachineArn } = await states.send(
        new CreateStateMachineCommand({
          name: `bench-${machines++}`,
          roleArn: Role!.Arn!,
          definition,
          type,
        }),
      );
      return stateMachineArn!;
    },
    async run(stateMachineArn, input) {
      const { executionArn } = await states.send(new StartExecutionCommand({ stateMachineArn, input }));
      for (;;) {
        const { status, error, cause } = await states.send(new DescribeExecutionCommand({ executionArn }));
        if (status === 'SUCCEEDED') return;
        if (status !== 'RUNNING') throw new Error(`The execution ended as ${status}: ${error} ${cause}`);
        await new Promise((wake) => setTimeout(wake, LOOK_MS));
      }
    },
    async runExpress(stateMachineArn, input) {
      const { status, error, cause } = await states.send(new StartSyncExecutionCommand({ stateMachineArn, input }));
      if (status !== 'SUCCEEDED') throw new Error(`The execution ended as ${status}: ${error} ${cause}`);
    },
    mapRunOver: (Key) => ({
      StartAt: 'Each',
      States: {
        Each: {
          Type: 'Map',
          ItemReader: {
            Resource: 'arn:aws:states:::s3:getObject',
            ReaderConfig: { InputType: 'JSON' },
            Parameters: { Bucket: BUCKET, Key },
          },
          ItemProcessor: {
            ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' },
            StartAt: 'One',
            States: { One: { Type: 'Pass', End: true } },
          },
          ResultWriter: {
            Resource: 'arn:aws:states:::s3:putObject',
            Parameters: { Bucket: BUCKET, Prefix: 'results' },
          },
          End: true,
        },
      },
    }),
    async put(Key, Body) {
      await s3.send(new PutObjectCommand({ Bucket: BUCKET, Key, Body }));
    },
    close() {
      for (const client of [states, s3, iam]) client.destroy();
    },
  };
}
