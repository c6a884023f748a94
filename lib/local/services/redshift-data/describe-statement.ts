import type {
  DescribeStatementRequest,
  DescribeStatementResponse,
  SubStatementData,
} from '@aws-sdk/client-redshift-data';
import type { OperationOf } from '../stateful';
import { accessToStatement, findStatement, type RedshiftData } from './state';
import type { Part, Statement } from './statement';

export const DescribeStatement: OperationOf<RedshiftData, DescribeStatementRequest, DescribeStatementResponse> = (
  current,
) => ({
  authorize: (_input, context) => accessToStatement('DescribeStatement', context),

  async handle({ Id, WaitTimeSeconds }, context) {
    const { statement, part } = await findStatement(current(), Id, context, WaitTimeSeconds);
    if (!part) return { ...whole(statement), ...batch(statement), Id: Id! };
    // What has run may still have to be committed.
    const { status } = statement.batch ? part : statement;
    return { ...whole(statement), ...single(part), Status: status, Id: Id! };
  },
});

function whole(statement: Statement) {
  return {
    Database: statement.database,
    WorkgroupName: statement.workgroup,
    ...(statement.secretArn === undefined ? { DbUser: statement.user } : { SecretArn: statement.secretArn }),
    CreatedAt: new Date(statement.createdAt),
    UpdatedAt: new Date(statement.updatedAt),
    Status: statement.status,
    Duration: statement.duration,
    RedshiftPid: statement.pid,
    ResultFormat: statement.resultFormat ?? ('JSON' as const),
    ...(statement.sessionId === undefined ? {} : { SessionId: statement.sessionId }),
    ...(statement.batch
      ? { ExecutionMode: statement.autoCommit ? ('AUTO_COMMIT' as const) : ('TRANSACTION' as const) }
      : {}),
    ...(statement.error === undefined ? {} : { Error: statement.error }),
    ...(statement.parameters.length > 0 ? { QueryParameters: [...statement.parameters] } : {}),
  };
}

/** The only statement of its call, or a part of a batch asked for by its own id. */
function single(part: Part) {
  return {
    QueryString: part.sql,
    Status: part.status,
    Duration: part.duration,
    ResultRows: part.rows,
    ResultSize: part.size,
    RedshiftQueryId: part.queryId,
    HasResultSet: part.columns !== undefined,
    UpdatedAt: new Date(part.updatedAt),
    ...(part.error === undefined ? {} : { Error: part.error }),
  };
}

function batch({ parts }: Statement) {
  return {
    ResultRows: -1,
    ResultSize: -1,
    RedshiftQueryId: 0,
    HasResultSet: parts.some(({ columns }) => columns !== undefined),
    SubStatements: parts.map(
      (part): SubStatementData => ({ Id: part.id, CreatedAt: new Date(part.createdAt), ...single(part) }),
    ),
  };
}
