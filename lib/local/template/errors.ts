/** What can go wrong between a synthesized assembly and running resources. */

export class TemplateError extends Error {
  constructor(
    readonly stackName: string,
    readonly logicalId: string | undefined,
    message: string,
    options?: ErrorOptions,
  ) {
    super(`${stackName}${logicalId === undefined ? '' : `/${logicalId}`}: ${message}`, options);
    this.name = new.target.name;
  }
}

export class AssemblyNotFound extends Error {
  constructor(readonly directory: string) {
    super(`No synthesized assembly at ${directory} (manifest.json is missing). Run \`npx cdk synth\` first.`);
    this.name = 'AssemblyNotFound';
  }
}

export class UnsupportedResourceType extends TemplateError {
  constructor(
    stack: string,
    logicalId: string,
    readonly type: string,
  ) {
    super(
      stack,
      logicalId,
      `the local cloud has no resource type ${type}. Supported types: lib/local/template/resources/.`,
    );
  }
}

export class UnresolvedReference extends TemplateError {
  constructor(
    stack: string,
    readonly reference: string,
    hint: string,
  ) {
    super(stack, undefined, `cannot resolve ${reference}: ${hint}`);
  }
}

export class CircularDependency extends TemplateError {
  constructor(stack: string, cycle: readonly string[]) {
    super(stack, undefined, `circular dependency between resources: ${cycle.join(' -> ')}`);
  }
}

export class ResourceFailed extends TemplateError {
  constructor(
    stack: string,
    logicalId: string,
    readonly type: string,
    readonly action: 'create' | 'update' | 'delete',
    cause: unknown,
  ) {
    super(
      stack,
      logicalId,
      `${action} of ${type} failed: ${cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause)}`,
      {
        cause,
      },
    );
  }
}

export class CustomResourceFailed extends Error {
  constructor(reason: string) {
    super(reason);
    this.name = 'CustomResourceFailed';
  }
}
