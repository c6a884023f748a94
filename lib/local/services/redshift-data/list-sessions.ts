import type { ListSessionsRequest, ListSessionsResponse, SessionData } from '@aws-sdk/client-redshift-data';
import { type OperationOf, page } from '../stateful';
import { notFound, validation } from './errors';
import type { Session } from './sessions';
import { accessToStatement, isOwner, principalArn, type RedshiftData } from './state';

const DEFAULT_PAGE = 100;

/** The caller's own sessions, newest first; without a status the open ones. */
export const ListSessions: OperationOf<RedshiftData, ListSessionsRequest, ListSessionsResponse> = (current) => ({
  authorize: (_input, context) => accessToStatement('ListSessions', context),

  async handle(input, context) {
    const { SessionId, Status, WorkgroupName, Database, ClusterIdentifier } = input;
    if (SessionId && (Status || WorkgroupName || Database || ClusterIdentifier))
      throw validation('SessionId cannot be used with Status, ClusterIdentifier, WorkgroupName or Database');
    const caller = principalArn(context.principal, context.cloud.account);
    const own = current()
      .sessions.list()
      .filter((session) => isOwner(session, context));
    if (SessionId && !own.some(({ id }) => id === SessionId)) throw notFound(SessionId);
    const workgroup = WorkgroupName && current().workgroups.get(WorkgroupName).workgroup;
    const chosen = own.filter(
      (session) =>
        (SessionId ? session.id === SessionId : Status ? session.status === Status : session.status !== 'CLOSED') &&
        (!workgroup || session.workgroup === workgroup) &&
        (!Database || session.database === Database) &&
        (input.RoleLevel !== false || context.principal.kind === 'admin' || session.principal === caller),
    );
    const { items, nextToken } = page(chosen, input.MaxResults || DEFAULT_PAGE, input.NextToken);
    return { Sessions: items.map(data), ...(nextToken ? { NextToken: nextToken } : {}) };
  },
});

function data(session: Session): SessionData {
  return {
    SessionId: session.id,
    Status: session.status,
    CreatedAt: new Date(session.createdAt),
    UpdatedAt: new Date(session.updatedAt),
    Database: session.database,
    DbUser: session.user,
    WorkgroupName: session.workgroup,
    SessionAliveSeconds: session.keepAliveSeconds,
    SessionTtl: new Date(session.expiresAt),
    ...(session.statementId === undefined ? {} : { CurrentStatementId: session.statementId }),
  };
}
