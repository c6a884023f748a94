import type { Service } from '../../service';
import { statefulService } from '../stateful';
import { CreatePipe } from './CreatePipe';
import { DeletePipe } from './DeletePipe';
import { DescribePipe } from './DescribePipe';
import { ListPipes } from './ListPipes';
import { ListTagsForResource } from './ListTagsForResource';
import { nameOf } from './pass-role';
import { StartPipe } from './StartPipe';
import { StopPipe } from './StopPipe';
import { openPipes } from './state';
import { TagResource } from './TagResource';
import { UntagResource } from './UntagResource';
import { UpdatePipe } from './UpdatePipe';

/** Amazon EventBridge Pipes, from queues. */
export function createPipesService(): Service {
  return statefulService({
    name: 'pipes',
    open: openPipes,
    tagsOf: (state, arn) => state.pipe(nameOf(arn)).tags,
    operations: {
      CreatePipe,
      DeletePipe,
      DescribePipe,
      ListPipes,
      ListTagsForResource,
      StartPipe,
      StopPipe,
      TagResource,
      UntagResource,
      UpdatePipe,
    },
  });
}
