import { environmentsOf, type Settings, settingsOf } from '../../lib/pipeline/schema/settings';

const ENVIRONMENTS = {
  dev: { disposable: true, alertEmails: ['dev@example.com'] },
  prod: { account: '111122223333', region: 'eu-central-1', capacity: { redshift: { base: 32, max: 128 } } },
};
const of = (env: string, more: Record<string, unknown> = {}): Settings =>
  settingsOf({ 'stepwell:env': env, 'stepwell:environments': ENVIRONMENTS, ...more }, more['cdk.json'] as never);

test('without settings nothing has a name of its own, and data is kept', () => {
  expect(settingsOf({ '@aws-cdk/core:enablePartitionLiterals': true })).toEqual({
    disposable: false,
    capacity: { redshift: { base: 8, max: 64 }, aurora: { min: 0, max: 16 } },
  });
});

test('an environment has its own settings, and the defaults of what it leaves out', () => {
  expect(of('dev')).toMatchObject({ environment: 'dev', disposable: true, alertEmails: ['dev@example.com'] });
  expect(of('prod')).toEqual({
    environment: 'prod',
    account: '111122223333',
    region: 'eu-central-1',
    disposable: false,
    capacity: { redshift: { base: 32, max: 128 }, aurora: { min: 0, max: 16 } },
  });
});

test("an environment's settings go before those of all, and the command line before both", () => {
  const cdkJson = { 'stepwell:disposable': false, 'stepwell:env': 'dev', 'stepwell:environments': ENVIRONMENTS };
  expect(settingsOf(cdkJson, cdkJson).disposable).toBe(true);

  const prod = { ...cdkJson, 'stepwell:env': 'prod', 'stepwell:disposable': 'true' };
  expect(settingsOf(prod, cdkJson).disposable).toBe(true);
});

test('an empty name is the environment without one', () => {
  expect(of('')).not.toHaveProperty('environment');
});

test('the environments of cdk.json tell where they are', () => {
  expect(environmentsOf({ 'stepwell:environments': ENVIRONMENTS })).toEqual({
    dev: {},
    prod: { account: '111122223333', region: 'eu-central-1' },
  });
  expect(environmentsOf({})).toEqual({});
});

test.each<[string, Record<string, unknown>, string]>([
  [
    'a misspelt environment',
    { 'stepwell:env': 'prdo', 'stepwell:environments': ENVIRONMENTS },
    `stepwell:env is "prdo": there is no such environment under stepwell:environments in cdk.json. Known: dev, prod.`,
  ],
  [
    'an environment where none is declared',
    { 'stepwell:env': 'prod' },
    'stepwell:env is "prod": there is no such environment under stepwell:environments in cdk.json. Add there: "stepwell:environments": {"prod": {}}.',
  ],
  [
    'a misspelt setting',
    { 'stepwell:enviroment': 'prod' },
    `stepwell:enviroment is "prod": there is no such setting. Did you mean 'stepwell:environments'? Known: stepwell:env, stepwell:environments, stepwell:disposable, stepwell:availabilityZones, stepwell:sourceVpc, stepwell:alertEmails, stepwell:capacity, stepwell:lineage.`,
  ],
  [
    'a misspelt setting of an environment',
    { 'stepwell:environments': { dev: { disposible: true } } },
    `stepwell:environments dev disposible is true: there is no such setting. Did you mean 'disposable'? Known: disposable, availabilityZones, sourceVpc, alertEmails, capacity, lineage, account, region.`,
  ],
  [
    'a name that AWS would refuse',
    { 'stepwell:environments': { 'Pro-d': {} } },
    'stepwell:environments is "Pro-d": an environment is named in up to 12 lower-case letters and digits. It becomes part of AWS names: use e.g. \'prod\'.',
  ],
  [
    'an account that is a number',
    { 'stepwell:env': 'prod', 'stepwell:environments': { prod: { account: 111122223333 } } },
    'stepwell:environments prod account is 111122223333: an account has 12 digits, and is a text. Use e.g. "111122223333".',
  ],
  [
    'a region that is none',
    { 'stepwell:env': 'prod', 'stepwell:environments': { prod: { region: 'Frankfurt' } } },
    'stepwell:environments prod region is "Frankfurt": that is no region. Use e.g. "eu-central-1".',
  ],
  [
    'neither true nor false',
    { 'stepwell:disposable': 'yes' },
    'stepwell:disposable is "yes": it is true or false. Use true for trials only: data goes with its stack.',
  ],
  [
    'two zones',
    { 'stepwell:availabilityZones': 'us-east-1a,us-east-1b' },
    'stepwell:availabilityZones is "us-east-1a,us-east-1b": Redshift Serverless needs three zones. Name three, with commas between.',
  ],
  [
    'an address that is none',
    { 'stepwell:alertEmails': 'data' },
    'stepwell:alertEmails is "data": it is a list of mail addresses. Use e.g. ["data-dev@example.com"], or [] for no mails.',
  ],
  [
    'less capacity at most than at least',
    { 'stepwell:capacity': '{"redshift":{"base":128}}' },
    'stepwell:capacity is "{\\"redshift\\":{\\"base\\":128}}": redshift.max is less than redshift.base. Use e.g. {"redshift":{"base":8,"max":64},"aurora":{"min":0,"max":16}}.',
  ],
  [
    'a VPC without its subnets',
    { 'stepwell:sourceVpc': { vpcId: 'vpc-0a', subnetIds: [], routeTableIds: ['rtb-0a'] } },
    'stepwell:sourceVpc is {"vpcId":"vpc-0a","subnetIds":[],"routeTableIds":["rtb-0a"]}: subnetIds names no subnet. Use e.g. {"vpcId":"vpc-0a1b2c3d","subnetIds":["subnet-0a1b2c3d"],"routeTableIds":["rtb-0a1b2c3d"],"ports":[3306]}',
  ],
])('%s: value, rule and remedy', (_what, context, message) => {
  expect(() => settingsOf(context)).toThrow(message);
});
