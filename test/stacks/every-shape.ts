/**
 * The templates of the project's own pipelines, of one into every kind of sink, of one with models on Spark, of a trial, and of sources in a
 * VPC: every resource type that there is.
 */

import { join } from 'node:path';
import { compileTogether } from '../../lib/compiler';
import { compatiblePipelines } from '../../lib/operate/pipelines';
import { sales } from '../e2e/spark/pipelines';
import { harbours } from '../fixtures/harbours';
import { type Synthesized, synthesize } from './assembly';

const sourceVpc = { vpcId: 'vpc-0a1b2c3d', subnetIds: ['subnet-0a1b2c3d'], routeTableIds: ['rtb-0a1b2c3d'] };

export async function synthesizeEveryShape(): Promise<Synthesized[]> {
  const compiled = await compileTogether(await compatiblePipelines());
  const everySink = await compileTogether([
    { pipeline: harbours, folder: __dirname },
    { pipeline: sales, folder: join(__dirname, '../e2e/spark') },
  ]);
  return [
    synthesize({}, compiled),
    synthesize({}, everySink),
    synthesize({ 'stepwell:disposable': true, 'stepwell:sourceVpc': sourceVpc }, []),
  ];
}
