import { AccountRootPrincipal, PolicyDocument, PolicyStatement, Role } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { acknowledgeWildcard } from './acknowledge';
import { FOUNDATION, rolesUnder, statementHandlerPath, statementRolePath } from './names';

export interface StatementRoleProps {
  readonly pipeline: string;
  readonly workgroupArn: string;
  /** login of the pipeline's database user */
  readonly secretArn: string;
}

/**
 * As whom a pipeline runs its statements in Redshift. The Data API tells of a statement, and gives its result, only to the IAM role
 * that ran it; but one function submits it, another handles its end, and the sweeper makes up for a lost event. So all of them take
 * on this role for it.
 */
export class StatementRole extends Construct {
  readonly roleArn: string;

  constructor(scope: Construct, id: string, { pipeline, workgroupArn, secretArn }: StatementRoleProps) {
    super(scope, id);
    const role = new Role(this, 'Role', {
      path: statementRolePath(pipeline),
      description: `Runs the statements of ${pipeline} in Redshift: taken on by its functions and the sweeper`,
      // The functions' roles name this one in their policies, so this one cannot name them: it trusts the account, but of that only
      // roles with the path that the functions' roles have. And they need a grant of their own besides.
      assumedBy: new AccountRootPrincipal().withConditions({
        ArnLike: {
          'aws:PrincipalArn': [statementHandlerPath(pipeline), statementHandlerPath(FOUNDATION)].map(rolesUnder),
        },
      }),
      inlinePolicies: {
        Statements: new PolicyDocument({
          statements: [
            new PolicyStatement({
              actions: ['redshift-data:ExecuteStatement', 'redshift-data:BatchExecuteStatement'],
              resources: [workgroupArn],
            }),
            new PolicyStatement({
              actions: ['redshift-data:DescribeStatement', 'redshift-data:GetStatementResult'],
              resources: ['*'],
            }),
            new PolicyStatement({ actions: ['secretsmanager:GetSecretValue'], resources: [secretArn] }),
          ],
        }),
      },
    });
    acknowledgeWildcard(
      role,
      '*',
      'The Redshift Data API has no resource for a statement, and shows a role its own ones only',
    );
    this.roleArn = role.roleArn;
  }
}
