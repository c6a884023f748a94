/** The templates of the project's own pipelines, of one into every kind of sink, of a trial, and of sources in a VPC: every resource type that there is. */

import { compileTogether } from '../../lib/compiler';
import { compatiblePipelines } from '../../lib/operate/pipelines';
import { harbours } from '../fixtures/harbours';
import { type Synthesized, synthesize } from './assembly';

const sourceVpc = { vpcId: 'vpc-0a1b2c3d', subnetIds: ['subnet-0a1b2c3d'], routeTableIds: ['rtb-0a1b2c3d'] };

export async function synthesizeEveryShape(): Promise<Synthesized[]> {
  const compiled = await compileTogether(await compatiblePipelines());
  const everySink = await compileTogether([{ pipeline: harbours, folder: __dirname }]);
  return [
    synthesize({}, compiled),
    synthesize({}, everySink),
    synthesize({ 'stepwell:disposable': true, 'stepwell:sourceVpc': sourceVpc }, []),
  ];
}
