import { alarmText } from '../../../lib/local/services/sns/alarm-mail';

test("an alarm's mail is text: what it is about, and why", () => {
  const text = alarmText(
    JSON.stringify({
      AlarmName: 'stepwell-orders-throttled',
      AlarmDescription: 'Functions of orders were throttled.',
      AWSAccountId: '000000000000',
      NewStateValue: 'ALARM',
      NewStateReason: 'Threshold Crossed',
      StateChangeTime: '2026-03-05T01:05:00.000+0000',
      Region: 'us-east-1',
      AlarmArn: 'arn:aws:cloudwatch:us-east-1:000000000000:alarm:stepwell-orders-throttled',
      OldStateValue: 'OK',
    }),
  )!;

  expect(text).toContain('Alarm "stepwell-orders-throttled" in the us-east-1 region has entered the ALARM state');
  expect(text).toContain('- Description:                Functions of orders were throttled.\n');
  expect(text).toContain('- State Change:               OK -> ALARM\n');
});

test.each(['a plain text', '{"AlarmName":', '{"AlarmName":"x"}', '{"default":"x"}'])('%s is no alarm', (message) => {
  expect(alarmText(message)).toBeUndefined();
});
