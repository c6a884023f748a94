/** What the decisions of test/contract/iam do not say: registration, usage, services, whatever the policies. */
import fc from 'fast-check';
import { createIam, type Iam, type PolicyStatement } from '../../../lib/local/iam';
import type { Principal } from '../../../lib/local/service';

const ACCOUNT = '000000000000';
const ROLE_ARN = `arn:aws:iam::${ACCOUNT}:role/loader`;
const ROLE: Principal = { kind: 'role', roleArn: ROLE_ARN, sessionName: 'load' };
const TRUST = {
  Statement: { Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' },
} as const;

function iamWith(statements: readonly PolicyStatement[], more: { managed?: string[] } = {}): Iam {
  const iam = createIam({ account: ACCOUNT, region: 'us-east-1', now: () => Date.parse('2026-01-15T12:00:00Z') });
  iam.registry.putRole({
    arn: ROLE_ARN,
    name: 'loader',
    trust: TRUST,
    inline: { Task: { Version: '2012-10-17', Statement: statements } },
    managedPolicyArns: more.managed ?? [],
  });
  return iam;
}

function can(
  iam: Iam,
  action: string,
  resource: string,
  context?: Record<string, string | string[]>,
  who: Principal = ROLE,
): boolean {
  try {
    iam.authorize(who, [{ action, resource, ...(context === undefined ? {} : { context }) }]);
    return true;
  } catch {
    return false;
  }
}

const allow = (
  Action: string | string[],
  Resource: string | string[],
  more: Partial<PolicyStatement> = {},
): PolicyStatement => ({
  Effect: 'Allow',
  Action,
  Resource,
  ...more,
});

const OBJECT = 'arn:aws:s3:::lake/a/b.parquet';

describe('identity policies', () => {
  test('a policy of its own and managed policies count for the roles that they are attached to', () => {
    const iam = iamWith([], {
      managed: [
        'arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole',
        `arn:aws:iam::${ACCOUNT}:policy/own`,
      ],
    });
    expect(can(iam, 'logs:PutLogEvents', '*')).toBe(true);
    expect(can(iam, 'sqs:SendMessage', 'arn:aws:sqs:us-east-1:000000000000:q')).toBe(false);

    iam.registry.putManagedPolicy(`arn:aws:iam::${ACCOUNT}:policy/own`, { Statement: allow('sqs:SendMessage', '*') });
    iam.registry.attachPolicy('default', { Statement: [allow('sns:Publish', '*')] }, ['loader', 'other']);
    expect(can(iam, 'sqs:SendMessage', 'arn:aws:sqs:us-east-1:000000000000:q')).toBe(true);
    expect(can(iam, 'sns:Publish', 'arn:aws:sns:us-east-1:000000000000:t')).toBe(true);

    iam.registry.detachPolicy('default');
    expect(can(iam, 'sns:Publish', 'arn:aws:sns:us-east-1:000000000000:t')).toBe(false);
  });
});

describe('conditions', () => {
  test('an operator that does not exist is an error when the policy is registered', () => {
    expect(() => iamWith([allow('*', '*', { Condition: { StringEqual: { a: 'b' } } })])).toThrow(
      'unknown condition operator StringEqual',
    );
  });
});

describe('resource policies', () => {
  const QUEUE = `arn:aws:sqs:us-east-1:${ACCOUNT}:dead`;
  const RULE = `arn:aws:events:us-east-1:${ACCOUNT}:rule/r`;
  const events = (sourceArn?: string): Principal => ({
    kind: 'service',
    service: 'events.amazonaws.com',
    ...(sourceArn ? { sourceArn } : {}),
  });
  const grant = {
    Statement: {
      Effect: 'Allow',
      Principal: { Service: 'events.amazonaws.com' },
      Action: 'sqs:SendMessage',
      Resource: QUEUE,
      Condition: { ArnEquals: { 'aws:SourceArn': RULE } },
    },
  } as const;

  test('a service needs one, for the very resource it acts for', () => {
    const iam = iamWith([]);
    expect(can(iam, 'sqs:SendMessage', QUEUE, undefined, events(RULE))).toBe(false);

    iam.registry.putResourcePolicy(QUEUE, 'p', grant);
    expect(can(iam, 'sqs:SendMessage', QUEUE, undefined, events(RULE))).toBe(true);
    expect(can(iam, 'sqs:SendMessage', QUEUE, undefined, events(`${RULE}2`))).toBe(false);
    expect(can(iam, 'sqs:SendMessage', QUEUE, undefined, events())).toBe(false);
    expect(can(iam, 'sqs:DeleteMessage', QUEUE, undefined, events(RULE))).toBe(false);
    expect(
      can(iam, 'sqs:SendMessage', QUEUE, undefined, { kind: 'service', service: 'sns.amazonaws.com', sourceArn: RULE }),
    ).toBe(false);
  });

  test('services write their own metrics and events without one', () => {
    expect(can(iamWith([]), 'cloudwatch:PutMetricData', '*', undefined, events())).toBe(true);
    expect(can(iamWith([]), 'events:PutEvents', '*', undefined, { kind: 'service', service: 's3.amazonaws.com' })).toBe(
      true,
    );
  });

  test('they can deny what a role may otherwise do, and allow a role by name, but the account alone allows nobody', () => {
    const iam = iamWith([allow('s3:Get*', '*')]);
    const policy = (Effect: 'Allow' | 'Deny', Principal: unknown, Action: string) => ({
      Statement: { Effect, Principal, Action, Resource: 'arn:aws:s3:::lake/*' } as PolicyStatement,
    });
    iam.registry.putResourcePolicy('arn:aws:s3:::lake', 'deny', policy('Deny', '*', 's3:GetObjectVersion'));
    iam.registry.putResourcePolicy('arn:aws:s3:::lake', 'role', policy('Allow', { AWS: ROLE_ARN }, 's3:PutObject'));
    iam.registry.putResourcePolicy(
      'arn:aws:s3:::lake',
      'account',
      policy('Allow', { AWS: `arn:aws:iam::${ACCOUNT}:root` }, 's3:DeleteObject'),
    );

    expect(can(iam, 's3:GetObject', OBJECT)).toBe(true);
    expect(can(iam, 's3:GetObjectVersion', OBJECT)).toBe(false);
    expect(can(iam, 's3:PutObject', OBJECT)).toBe(true);
    expect(can(iam, 's3:DeleteObject', OBJECT)).toBe(false);
  });

  test('a bucket that demands TLS is no obstacle, as every deployed client uses it', () => {
    const iam = iamWith([allow('s3:*', '*')]);
    iam.registry.putResourcePolicy('arn:aws:s3:::lake', 'tls', {
      Statement: {
        Effect: 'Deny',
        Principal: { AWS: '*' },
        Action: 's3:*',
        Resource: ['arn:aws:s3:::lake', 'arn:aws:s3:::lake/*'],
        Condition: { Bool: { 'aws:SecureTransport': 'false' }, NumericLessThan: { 's3:TlsVersion': 1.2 } },
      },
    });

    expect(can(iam, 's3:GetObject', OBJECT)).toBe(true);
  });

  test('a function’s policy covers its versions', () => {
    const iam = iamWith([]);
    const arn = `arn:aws:lambda:us-east-1:${ACCOUNT}:function:f`;
    iam.registry.putResourcePolicy(arn, 'p', {
      Statement: {
        Effect: 'Allow',
        Principal: { Service: 'events.amazonaws.com' },
        Action: 'lambda:InvokeFunction',
        Resource: [arn, `${arn}:*`],
      },
    });

    expect(can(iam, 'lambda:InvokeFunction', `${arn}:live`, undefined, events())).toBe(true);
  });
});

test('a role can be assumed by the services that its trust policy names, under its conditions', () => {
  const iam = iamWith([]);
  const machine = `arn:aws:states:us-east-1:${ACCOUNT}:stateMachine:m`;
  iam.registry.putRole({
    arn: `${ROLE_ARN}2`,
    name: 'loader2',
    inline: {},
    managedPolicyArns: [],
    trust: {
      Statement: {
        Effect: 'Allow',
        Principal: { Service: ['states.amazonaws.com'] },
        Action: 'sts:AssumeRole',
        Condition: {
          ArnLike: { 'aws:SourceArn': `arn:aws:states:us-east-1:${ACCOUNT}:stateMachine:*` },
          StringEquals: { 'aws:SourceAccount': ACCOUNT },
        },
      },
    },
  });

  expect(iam.canAssume(ROLE_ARN, 'lambda.amazonaws.com')).toBe(true);
  expect(iam.canAssume(ROLE_ARN, 'states.amazonaws.com')).toBe(false);
  expect(iam.canAssume(`${ROLE_ARN}2`, 'states.amazonaws.com', machine)).toBe(true);
  expect(iam.canAssume(`${ROLE_ARN}2`, 'states.amazonaws.com')).toBe(false);
  expect(iam.canAssume('arn:aws:iam::000000000000:role/none', 'lambda.amazonaws.com')).toBe(false);
});

test('a role assumes another when that one trusts it, or trusts the account and its own policy allows it', () => {
  const OTHER = `arn:aws:iam::${ACCOUNT}:role/other`;
  const assumes = (trusted: string, statements: PolicyStatement[]) => {
    const iam = iamWith(statements);
    const trust = { Statement: { Effect: 'Allow', Principal: { AWS: trusted }, Action: 'sts:AssumeRole' } } as const;
    iam.registry.putRole({ arn: OTHER, name: 'other', inline: {}, managedPolicyArns: [], trust });
    return can(iam, 'sts:AssumeRole', OTHER);
  };
  const own = [allow('sts:AssumeRole', OTHER)];

  expect(assumes(ROLE_ARN, [])).toBe(true);
  expect(assumes(`arn:aws:iam::${ACCOUNT}:root`, own)).toBe(true);
  expect(assumes(`arn:aws:iam::${ACCOUNT}:root`, [])).toBe(false);
  expect(assumes(`arn:aws:iam::${ACCOUNT}:role/third`, own)).toBe(false);
});

test('a role that trusts the account under a condition is assumed only by roles whose path, in their ARN, it names', () => {
  const OTHER = `arn:aws:iam::${ACCOUNT}:role/stepwell/us-east-1/statements/orders/other`;
  const LIKE = `arn:aws:iam::${ACCOUNT}:role/stepwell/us-east-1/statement-handlers/orders/*`;
  const assumes = (path: string, statements: PolicyStatement[]) => {
    const iam = iamWith([]);
    const arn = `arn:aws:iam::${ACCOUNT}:role${path}publish`;
    const inline = { Task: { Version: '2012-10-17', Statement: statements } };
    iam.registry.putRole({ arn, name: 'publish', inline, managedPolicyArns: [], trust: TRUST });
    const trust = {
      Statement: {
        Effect: 'Allow',
        Principal: { AWS: `arn:aws:iam::${ACCOUNT}:root` },
        Action: 'sts:AssumeRole',
        Condition: { ArnLike: { 'aws:PrincipalArn': [LIKE] } },
      },
    } as const;
    iam.registry.putRole({ arn: OTHER, name: 'other', inline: {}, managedPolicyArns: [], trust });
    return can(iam, 'sts:AssumeRole', OTHER, undefined, { kind: 'role', roleArn: arn, sessionName: 'publish' });
  };
  const own = [allow('sts:AssumeRole', OTHER)];

  expect(assumes('/stepwell/us-east-1/statement-handlers/orders/', own)).toBe(true);
  expect(assumes('/stepwell/us-east-1/statement-handlers/orders/', [])).toBe(false);
  expect(assumes('/stepwell/us-east-1/statement-handlers/orders-eu/', own)).toBe(false);
  expect(assumes('/', own)).toBe(false);
});

describe('a refusal reads as on AWS', () => {
  const refusal = (iam: Iam, action: string, resource: string, who: Principal = ROLE) => {
    try {
      iam.authorize(who, [{ action, resource }]);
    } catch (error) {
      const { code, status, message } = error as { code: string; status: number; message: string };
      return { code, status, message };
    }
    return undefined;
  };
  const USER = `User: arn:aws:sts::${ACCOUNT}:assumed-role/loader/load is not authorized to perform:`;

  test('by S3 and by a JSON service', () => {
    expect(refusal(iamWith([]), 's3:GetObject', OBJECT)).toEqual({
      code: 'AccessDenied',
      status: 403,
      message: `${USER} s3:GetObject on resource: "${OBJECT}" because no identity-based policy allows the s3:GetObject action`,
    });
    expect(refusal(iamWith([]), 'states:StartExecution', 'arn:x')).toEqual({
      code: 'AccessDeniedException',
      status: 400,
      message: `${USER} states:StartExecution on resource: arn:x because no identity-based policy allows the states:StartExecution action`,
    });
  });

  test('for an explicit deny, and for a service without a resource policy', () => {
    const denied = iamWith([{ Effect: 'Deny', Action: '*', Resource: '*' }]);
    expect(refusal(denied, 'sns:Publish', 'arn:t')?.message).toBe(
      `${USER} SNS:Publish on resource: arn:t with an explicit deny in an identity-based policy`,
    );
    expect(
      refusal(iamWith([]), 'sqs:SendMessage', 'arn:q', { kind: 'service', service: 'events.amazonaws.com' })?.message,
    ).toBe(
      'User: events.amazonaws.com is not authorized to perform: sqs:sendmessage on resource: arn:q because no resource-based policy allows the sqs:sendmessage action',
    );
  });
});

test('administrators and CloudFormation may do everything', () => {
  const iam = iamWith([]);
  const cloudFormation: Principal = { kind: 'service', service: 'cloudformation.amazonaws.com' };
  expect(can(iam, 's3:DeleteBucket', 'arn:aws:s3:::lake', undefined, { kind: 'admin' })).toBe(true);
  expect(can(iam, 's3:DeleteBucket', 'arn:aws:s3:::lake', undefined, cloudFormation)).toBe(true);
});

test('a role that no template has is not judged, which is said once; one that is gone may do nothing', () => {
  const lines: string[] = [];
  const iam = createIam({ account: ACCOUNT, region: 'us-east-1', now: Date.now, log: (line) => lines.push(line) });
  expect(can(iam, 's3:ListBucket', 'arn:aws:s3:::lake')).toBe(true);
  expect(can(iam, 's3:ListBucket', 'arn:aws:s3:::lake')).toBe(true);
  expect(lines).toEqual([expect.stringContaining(`No template has the role ${ROLE_ARN}`)]);

  iam.registry.putRole({ arn: ROLE_ARN, name: 'loader', trust: TRUST, inline: {}, managedPolicyArns: [] });
  expect(can(iam, 's3:ListBucket', 'arn:aws:s3:::lake')).toBe(false);
  iam.registry.removeRole(ROLE_ARN);
  expect(can(iam, 's3:ListBucket', 'arn:aws:s3:::lake')).toBe(false);
});

test('it is kept what the grants were used for', () => {
  const iam = iamWith([allow('s3:Get*', '*', { Sid: 'Read' }), allow('sns:Publish', '*')]);
  can(iam, 's3:GetObject', OBJECT);
  can(iam, 's3:GetObject', OBJECT);
  can(iam, 's3:PutObject', OBJECT);

  expect(iam.usage.all()).toEqual([
    {
      role: ROLE_ARN,
      statement: 'loader/Task#Read',
      action: 's3:Get*',
      resource: '*',
      times: 2,
      example: { action: 's3:GetObject', resource: OBJECT },
    },
  ]);
});

describe('whatever the policies', () => {
  const word = fc.stringMatching(/^[a-zA-Z0-9/._-]{1,12}$/);

  test('a pattern of a text’s own characters matches that text and no longer one', () => {
    fc.assert(
      fc.property(word, word, (text, more) => {
        const iam = iamWith([allow('s3:GetObject', `arn:aws:s3:::${text}`)]);
        expect(can(iam, 's3:GetObject', `arn:aws:s3:::${text}`)).toBe(true);
        expect(can(iam, 's3:GetObject', `arn:aws:s3:::${text}${more}`)).toBe(false);
      }),
    );
  });

  test('a star matches any middle', () => {
    fc.assert(
      fc.property(word, fc.string(), word, (head, middle, tail) => {
        const iam = iamWith([allow('s3:GetObject', `arn:aws:s3:::${head}*${tail}`)]);
        expect(can(iam, 's3:GetObject', `arn:aws:s3:::${head}${middle}${tail}`)).toBe(true);
      }),
    );
  });

  test('adding a deny never lets more through, and a denied action stays denied', () => {
    const statement = fc.record({
      Effect: fc.constant('Allow' as const),
      Action: fc.constantFrom('s3:*', 's3:Get*', 's3:PutObject'),
      Resource: fc.constantFrom('*', 'arn:aws:s3:::lake/*', OBJECT),
    });
    fc.assert(
      fc.property(fc.array(statement), fc.constantFrom('s3:GetObject', 's3:PutObject'), (statements, action) => {
        const denied = iamWith([...statements, { Effect: 'Deny', Action: action, Resource: OBJECT }]);
        expect(can(denied, action, OBJECT)).toBe(false);
        const other = action === 's3:GetObject' ? 's3:PutObject' : 's3:GetObject';
        expect(can(denied, other, OBJECT)).toBe(can(iamWith(statements), other, OBJECT));
      }),
    );
  });
});
