import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { RemovalPolicy } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import { acknowledge } from './acknowledge';

export interface DatabaseSecretProps {
  readonly name: string;
  readonly description: string;
  readonly username: string;
  /** how the password is changed, as nothing rotates it by itself */
  readonly rotation: string;
  /** DESTROY unless told */
  readonly removalPolicy?: RemovalPolicy;
}

const PASSWORD_LENGTH = 40;

/** A database user's name and generated password, `{"username", "password"}`, as the Data APIs want them. */
export class DatabaseSecret extends Construct {
  readonly secret: Secret;

  constructor(
    scope: Construct,
    id: string,
    { name, description, username, rotation, removalPolicy }: DatabaseSecretProps,
  ) {
    super(scope, id);
    this.secret = new Secret(this, 'Secret', {
      secretName: name,
      description,
      removalPolicy: removalPolicy ?? RemovalPolicy.DESTROY,
      generateSecretString: {
        secretStringTemplate: JSON.stringify({ username }),
        generateStringKey: 'password',
        passwordLength: PASSWORD_LENGTH,
        // Redshift refuses quotes, slashes and @; letters and digits of this length are enough.
        excludePunctuation: true,
      },
    });
    acknowledge(this.secret, { SMG4: rotation });
  }
}
