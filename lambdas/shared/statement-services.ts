/** The services of the statement protocol, from the function's environment. */
import { dynamoDb, redshiftData, stepFunctions } from './clients';
import { environment } from './environment';
import type { StatementServices } from './statements';

export function statementServices(): StatementServices {
  return {
    ledger: { client: dynamoDb(), table: environment('LEDGER_TABLE') },
    redshift: {
      client: redshiftData(),
      target: {
        workgroup: environment('REDSHIFT_WORKGROUP'),
        database: environment('REDSHIFT_DATABASE'),
        secretArn: environment('REDSHIFT_SECRET_ARN'),
      },
    },
    stepFunctions: stepFunctions(),
    now: Date.now,
  };
}
