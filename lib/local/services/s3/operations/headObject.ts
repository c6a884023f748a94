import type { GetObjectRequest } from '@aws-sdk/client-s3';
import { readRequests, type S3Operation } from '../objects';
import { readPlan } from './getObject';

export const headObject: S3Operation<GetObjectRequest, object> = (s3) => ({
  authorize: (input) => readRequests(s3, 's3:GetObject', input),
  async handle(input) {
    return readPlan(s3, input).members;
  },
});
