import { tagList } from '../attributes';
import { flag, type Host, number, physicalName, type ResourceHandler, record, text } from '../resource';

export const secret: ResourceHandler = {
  async apply({ properties, host, previous, ...request }) {
    const Name = physicalName(request, { explicit: properties.Name, max: 256 });
    const existing = await describe(Name, host);
    const Description = text(properties.Description);
    if (existing !== undefined) {
      const given = text(properties.SecretString);
      // A generated value stays: whatever uses it has been set up with it.
      await host.call('secretsmanager', 'UpdateSecret', {
        SecretId: existing,
        Description,
        ...(given === undefined ? {} : { SecretString: given }),
      });
      return { physicalId: existing, attributes: { Id: existing } };
    }
    const { ARN } = await host.call<{ ARN: string }>('secretsmanager', 'CreateSecret', {
      Name,
      Description,
      KmsKeyId: text(properties.KmsKeyId),
      SecretString: text(properties.SecretString) ?? (await generate(properties.GenerateSecretString ?? {}, host)),
      Tags: tagList(properties.Tags),
    });
    return { physicalId: ARN, attributes: { Id: ARN } };
  },
  async remove({ resource, host }) {
    await host
      .call('secretsmanager', 'DeleteSecret', { SecretId: resource.physicalId, ForceDeleteWithoutRecovery: true })
      .catch(unlessGone);
  },
};

async function describe(name: string, host: Host): Promise<string | undefined> {
  try {
    return (await host.call<{ ARN: string }>('secretsmanager', 'DescribeSecret', { SecretId: name })).ARN;
  } catch (error) {
    unlessGone(error as Error);
    return undefined;
  }
}

async function generate(how: unknown, host: Host): Promise<string> {
  const { SecretStringTemplate, GenerateStringKey, ...options } = record(how);
  const flags = [
    'ExcludeLowercase',
    'ExcludeNumbers',
    'ExcludePunctuation',
    'ExcludeUppercase',
    'IncludeSpace',
    'RequireEachIncludedType',
  ];
  const { RandomPassword } = await host.call<{ RandomPassword: string }>('secretsmanager', 'GetRandomPassword', {
    PasswordLength: number(options.PasswordLength) ?? 32,
    ExcludeCharacters: text(options.ExcludeCharacters),
    ...Object.fromEntries(flags.map((name) => [name, flag(options[name])])),
  });
  if (GenerateStringKey === undefined) return RandomPassword;
  const template = JSON.parse(text(SecretStringTemplate) ?? '{}') as Record<string, unknown>;
  return JSON.stringify({ ...template, [String(GenerateStringKey)]: RandomPassword });
}

function unlessGone(error: Error): void {
  if (error.name !== 'ResourceNotFoundException') throw error;
}
