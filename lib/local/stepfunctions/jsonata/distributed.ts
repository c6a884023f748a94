import type { MapState } from '../../../asl/types';
import type { DistributedFields } from '../machine';
import type { WriterConfig } from '../map-run/writer';
import { compilePercentage, compileWhole } from './kinds';
import { type CompileContext, compileTemplate } from './template';

export function compileDistributed(state: MapState, context: CompileContext): DistributedFields {
  const { ItemReader, ItemBatcher, ResultWriter, Label, ToleratedFailureCount, ToleratedFailurePercentage } = state;
  const template = (value: unknown, field: string) => compileTemplate(value ?? {}, field, context);
  const whole = (value: unknown, field: string) => compileWhole(value, field, context);
  return {
    executionType: (state.ItemProcessor ?? state.Iterator)?.ProcessorConfig?.ExecutionType ?? 'STANDARD',
    ...(Label === undefined ? {} : { label: Label }),
    ...(ItemReader && {
      reader: {
        resource: ItemReader.Resource,
        source: template(ItemReader.Arguments, 'ItemReader/Arguments'),
        config: template(ItemReader.ReaderConfig, 'ItemReader/ReaderConfig'),
      },
    }),
    ...(ItemBatcher && {
      batcher: {
        ...(ItemBatcher.MaxItemsPerBatch !== undefined && {
          maxItems: whole(ItemBatcher.MaxItemsPerBatch, 'ItemBatcher/MaxItemsPerBatch'),
        }),
        ...(ItemBatcher.MaxInputBytesPerBatch !== undefined && {
          maxBytes: whole(ItemBatcher.MaxInputBytesPerBatch, 'ItemBatcher/MaxInputBytesPerBatch'),
        }),
        ...(ItemBatcher.BatchInput !== undefined && {
          batchInput: template(ItemBatcher.BatchInput, 'ItemBatcher/BatchInput'),
        }),
      },
    }),
    ...(ToleratedFailureCount !== undefined && {
      toleratedFailureCount: whole(ToleratedFailureCount, 'ToleratedFailureCount'),
    }),
    ...(ToleratedFailurePercentage !== undefined && {
      toleratedFailurePercentage: compilePercentage(ToleratedFailurePercentage, 'ToleratedFailurePercentage', context),
    }),
    ...(ResultWriter && {
      writer: {
        ...(ResultWriter.Resource !== undefined && { resource: ResultWriter.Resource }),
        destination: template(ResultWriter.Arguments, 'ResultWriter/Arguments'),
        config: (ResultWriter.WriterConfig ?? {}) as WriterConfig,
      },
    }),
  };
}
