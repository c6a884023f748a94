import {
  createOrUpdate,
  list,
  number,
  type Properties,
  physicalName,
  type ResourceHandler,
  record,
  tagMap,
  text,
} from '../resource';

export const lambdaFunction: ResourceHandler = {
  async apply({ properties, host, ...request }) {
    const FunctionName = physicalName(request, { explicit: properties.FunctionName, max: 64 });
    const Code = codeOf(properties);
    const configuration = configurationOf(FunctionName, properties);
    const { FunctionArn } = await createOrUpdate(
      () =>
        host.call<{ FunctionArn: string }>('lambda', 'CreateFunction', {
          ...configuration,
          Code,
          Tags: tagMap(properties.Tags),
        }),
      ['ResourceConflictException'],
      async () => {
        await host.call('lambda', 'UpdateFunctionCode', { FunctionName, ...Code });
        return host.call<{ FunctionArn: string }>('lambda', 'UpdateFunctionConfiguration', configuration);
      },
    );
    const reserved = number(properties.ReservedConcurrentExecutions);
    if (reserved === undefined) await host.call('lambda', 'DeleteFunctionConcurrency', { FunctionName });
    else await host.call('lambda', 'PutFunctionConcurrency', { FunctionName, ReservedConcurrentExecutions: reserved });
    return { physicalId: FunctionName, attributes: { Arn: FunctionArn } };
  },
  async remove({ resource, host }) {
    await host.call('lambda', 'DeleteFunction', { FunctionName: resource.physicalId });
  },
};

function configurationOf(FunctionName: string, properties: Properties): Properties {
  const logging = record(properties.LoggingConfig);
  return {
    FunctionName,
    Runtime: properties.Runtime,
    Handler: properties.Handler,
    Role: properties.Role,
    Description: text(properties.Description) ?? '',
    MemorySize: number(properties.MemorySize) ?? 128,
    Timeout: number(properties.Timeout) ?? 3,
    Environment: { Variables: record(record(properties.Environment).Variables) },
    Layers: list(properties.Layers),
    Architectures: properties.Architectures ?? ['x86_64'],
    EphemeralStorage: { Size: number(record(properties.EphemeralStorage).Size) ?? 512 },
    TracingConfig: { Mode: record(properties.TracingConfig).Mode ?? 'PassThrough' },
    LoggingConfig: {
      LogFormat: logging.LogFormat ?? 'Text',
      LogGroup: logging.LogGroup ?? `/aws/lambda/${FunctionName}`,
    },
    DeadLetterConfig: properties.DeadLetterConfig,
  };
}

/** Code in the template itself is one file; its name is the handler's. */
function codeOf(properties: Properties): Properties {
  const { S3Bucket, S3Key, ZipFile } = record(properties.Code);
  if (ZipFile === undefined) return { S3Bucket, S3Key };
  const name = String(properties.Handler).split('.')[0];
  const extension = String(properties.Runtime).startsWith('python') ? 'py' : 'js';
  return { ZipFile: storedZip(`${name}.${extension}`, String(ZipFile)) };
}

/** The smallest zip file: one entry, not compressed. */
function storedZip(name: string, content: string): Buffer {
  const file = Buffer.from(name);
  const data = Buffer.from(content);
  const local = Buffer.alloc(30);
  local.writeUInt32LE(0x04034b50, 0);
  local.writeUInt32LE(data.length, 18);
  local.writeUInt32LE(data.length, 22);
  local.writeUInt16LE(file.length, 26);
  const entry = Buffer.alloc(46);
  entry.writeUInt32LE(0x02014b50, 0);
  entry.writeUInt32LE(data.length, 20);
  entry.writeUInt32LE(data.length, 24);
  entry.writeUInt16LE(file.length, 28);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(1, 8);
  end.writeUInt16LE(1, 10);
  end.writeUInt32LE(entry.length + file.length, 12);
  end.writeUInt32LE(local.length + file.length + data.length, 16);
  return Buffer.concat([local, file, data, entry, file, end]);
}
