/**
 * Stands in for `@aws-sdk/endpoint-cache` in the bundles. The DynamoDB client makes one and no command uses it since endpoints
 * follow from rules; its least-recently-used cache is 11 KB.
 */
export class EndpointCache {}
