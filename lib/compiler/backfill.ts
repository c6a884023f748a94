/**
 * The state machine that runs backfills, of whatever pipeline: one child execution for each run, so many at a time. A child of a paused
 * backfill leaves its task token in the ledger and waits: nothing polls, and no more children begin than may be active.
 */
import type { JsonObject, Retrier, State, StateMachine } from '../asl/types';
import { BACKFILLS, OUTCOME_FAILED, OUTCOME_LOADED, OUTCOME_PARTIAL } from '../tasks/backfill';
import { retriers } from './retry';

/** Of the function that counts how the runs have ended. */
export const CONCLUDE_SECONDS = 900;
const CALL_SECONDS = 60;
const LONGEST_PAUSE_SECONDS = 90 * 86_400;
/** Above any pipeline's own timeout, which ends a run that takes too long. */
const LONGEST_RUN_SECONDS = 30 * 86_400;

const CONDITION_FAILED = 'DynamoDb.ConditionalCheckFailedException';
const STARTED_BEFORE = 'StepFunctions.ExecutionAlreadyExistsException';

const called: Retrier = {
  ErrorEquals: ['States.TaskFailed'],
  IntervalSeconds: 2,
  BackoffRate: 2,
  MaxDelaySeconds: 60,
  MaxAttempts: 8,
  JitterStrategy: 'FULL',
};

/** A run that fails is not retried here: it has retried its own tasks, and its name is taken. */
const starting: Retrier = {
  ...called,
  Comment: 'Too many executions are started at once',
  ErrorEquals: [
    'StepFunctions.ExecutionLimitExceededException',
    'StepFunctions.ThrottlingException',
    'StepFunctions.AWSStepFunctionsException',
  ],
};

const never = (error: string): Retrier => ({ ErrorEquals: [error], MaxAttempts: 0 });

const itemKey: JsonObject = { pk: { S: BACKFILLS }, sk: { S: "{% 'backfill#' & $states.input.backfill %}" } };

export function backfillMachine(): StateMachine {
  return {
    Comment: 'Runs of a pipeline for past intervals, or for objects that are there',
    QueryLanguage: 'JSONata',
    StartAt: 'Runs',
    States: {
      Runs: {
        Type: 'Map',
        Comment: 'A failed run does not stop the others',
        Label: 'Runs',
        ItemReader: {
          Resource: 'arn:aws:states:::s3:getObject',
          ReaderConfig: { InputType: 'JSONL' },
          Arguments: { Bucket: `\${WorkBucketName}`, Key: '{% $states.input.runs %}' },
        },
        MaxConcurrency: '{% $states.input.maxActive %}',
        ToleratedFailurePercentage: 100,
        ItemSelector: {
          backfill: '{% $states.input.id %}',
          stateMachineArn: '{% $states.input.stateMachineArn %}',
          run: '{% $states.context.Map.Item.Value %}',
        },
        ItemProcessor: {
          ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' },
          StartAt: 'Look',
          States: oneRun(),
        },
        ResultWriter: {
          Resource: 'arn:aws:states:::s3:putObject',
          Arguments: {
            Bucket: `\${WorkBucketName}`,
            Prefix: "{% 'backfills/' & $states.input.pipeline & '/' & $states.input.id & '/results' %}",
          },
          WriterConfig: { OutputType: 'JSONL', Transformation: 'COMPACT' },
        },
        Output: {
          id: '{% $states.input.id %}',
          pipeline: '{% $states.input.pipeline %}',
          results: '{% $states.result.ResultWriterDetails %}',
        },
        Next: 'Conclude',
      },
      Conclude: {
        Type: 'Task',
        Comment: 'How many have succeeded and failed, into the ledger',
        Resource: 'arn:aws:states:::lambda:invoke',
        Arguments: { FunctionName: `\${ConcludeBackfillFunctionArn}`, Payload: '{% $states.input %}' },
        TimeoutSeconds: CONCLUDE_SECONDS + CALL_SECONDS,
        Retry: retriers(undefined),
        Output: '{% $states.result.Payload %}',
        End: true,
      },
    },
  };
}

/** What a run that has succeeded answers: why it had nothing to do, or what it lacks. */
const outcomeOf = (output: string): string =>
  `$exists(${output}.outcome) ? ${output}.outcome : $count(${output}.failed) > 0 ? '${OUTCOME_PARTIAL}' : '${OUTCOME_LOADED}'`;

function oneRun(): Record<string, State> {
  return {
    Look: {
      Type: 'Task',
      Comment: 'Whether the backfill is paused',
      Resource: 'arn:aws:states:::dynamodb:getItem',
      Arguments: {
        TableName: `\${LedgerTableName}`,
        Key: itemKey,
        ConsistentRead: true,
        ProjectionExpression: '#status',
        ExpressionAttributeNames: { '#status': 'status' },
      },
      TimeoutSeconds: CALL_SECONDS,
      Retry: [called],
      Output: '{% $merge([$states.input, {"paused": $states.result.Item.status.S = "PAUSED"}]) %}',
      Next: 'Paused?',
    },
    'Paused?': {
      Type: 'Choice',
      Choices: [{ Condition: '{% $states.input.paused %}', Next: 'Wait' }],
      Default: 'Run',
    },
    Wait: {
      Type: 'Task',
      Comment:
        'Until it is resumed, which completes the token; it goes on at once if that has happened since it looked',
      Resource: 'arn:aws:states:::aws-sdk:dynamodb:updateItem.waitForTaskToken',
      Arguments: {
        TableName: `\${LedgerTableName}`,
        Key: itemKey,
        UpdateExpression: 'SET tokens.#child = :token',
        ConditionExpression: '#status = :paused',
        ExpressionAttributeNames: { '#status': 'status', '#child': '{% $states.context.Execution.Name %}' },
        ExpressionAttributeValues: {
          ':paused': { S: 'PAUSED' },
          ':token': { S: '{% $states.context.Task.Token %}' },
        },
      },
      TimeoutSeconds: LONGEST_PAUSE_SECONDS,
      Retry: [never(CONDITION_FAILED), called],
      Catch: [{ ErrorEquals: [CONDITION_FAILED], Output: '{% $states.input %}', Next: 'Look' }],
      Output: '{% $states.input %}',
      Next: 'Look',
    },
    Run: {
      Type: 'Task',
      Comment: 'A run of the pipeline, to its end',
      Resource: 'arn:aws:states:::states:startExecution.sync:2',
      Arguments: {
        StateMachineArn: '{% $states.input.stateMachineArn %}',
        Name: '{% $states.input.run.name %}',
        Input:
          '{% $merge([$states.input.run.input, {"AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID": $states.context.Execution.Id}]) %}',
      },
      TimeoutSeconds: LONGEST_RUN_SECONDS,
      Retry: [never(STARTED_BEFORE), starting],
      Catch: [{ ErrorEquals: [STARTED_BEFORE], Output: '{% $states.input %}', Next: 'Find' }],
      // Of thousands of runs, those are named that lack something.
      Output: `{% ($outcome := ${outcomeOf('$states.result.Output')}; $merge([{"outcome": $outcome}, $outcome = '${OUTCOME_PARTIAL}' ? {"run": $states.input.run} : {}])) %}`,
      End: true,
    },
    Find: {
      Type: 'Task',
      Comment: 'An attempt before this one has started the run, and it has ended',
      Resource: 'arn:aws:states:::aws-sdk:sfn:describeExecution',
      Arguments: {
        ExecutionArn:
          "{% $replace($states.input.stateMachineArn, ':stateMachine:', ':execution:') & ':' & $states.input.run.name %}",
      },
      TimeoutSeconds: CALL_SECONDS,
      Retry: [called],
      Output: {
        run: '{% $states.input.run %}',
        outcome: `{% $states.result.Status = 'SUCCEEDED' ? ($output := $parse($states.result.Output); ${outcomeOf('$output')}) : '${OUTCOME_FAILED}' %}`,
      },
      End: true,
    },
  };
}
