/** The services of the statement protocol, from the function's environment. */
import { dynamoDb, redshiftDataAs, stepFunctions } from './clients';
import { environment } from './environment';
import type { Redshift } from './redshift';
import type { StatementOwner } from './statement-item';
import type { StatementServices } from './statements';

export function statementServices(): StatementServices {
  const owner = { roleArn: environment('REDSHIFT_ROLE_ARN'), secretArn: environment('REDSHIFT_SECRET_ARN') };
  return {
    ledger: { client: dynamoDb(), table: environment('LEDGER_TABLE') },
    redshift: redshiftAs(owner),
    owner,
    stepFunctions: stepFunctions(),
    now: Date.now,
  };
}

/** Redshift as the one who runs a pipeline's statements, and who alone learns what became of them. */
export function redshiftAs({ roleArn, secretArn }: StatementOwner): Redshift {
  return { client: redshiftDataAs(roleArn), target: { ...redshiftDatabase(), secretArn } };
}

export function redshiftDatabase() {
  return { workgroup: environment('REDSHIFT_WORKGROUP'), database: environment('REDSHIFT_DATABASE') };
}
