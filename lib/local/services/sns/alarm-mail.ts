/** The mail of an alarm: subscribers get CloudWatch's JSON document, but an address gets it as text. */

interface AlarmMessage {
  readonly AlarmName: string;
  readonly AlarmDescription?: string | null;
  readonly AWSAccountId: string;
  readonly NewStateValue: string;
  readonly NewStateReason: string;
  readonly StateChangeTime: string;
  readonly Region: string;
  readonly AlarmArn: string;
  readonly OldStateValue: string;
}

/** Undefined where the message is not of an alarm. */
export function alarmText(message: string): string | undefined {
  const alarm = parsed(message);
  if (alarm === undefined) return undefined;
  const { AlarmName, AlarmDescription, NewStateValue, OldStateValue, NewStateReason, Region, StateChangeTime } = alarm;
  return `You are receiving this email because your Amazon CloudWatch Alarm "${AlarmName}" in the ${Region} region has entered the ${NewStateValue} state, because "${NewStateReason}" at "${StateChangeTime}".

View this alarm in the AWS Management Console:
https://${Region}.console.aws.amazon.com/cloudwatch/deeplink.js?region=${Region}#alarmsV2:alarm/${encodeURIComponent(AlarmName)}

Alarm Details:
- Name:                       ${AlarmName}
- Description:                ${AlarmDescription ?? ''}
- State Change:               ${OldStateValue} -> ${NewStateValue}
- Reason for State Change:    ${NewStateReason}
- Timestamp:                  ${StateChangeTime}
- AWS Account:                ${alarm.AWSAccountId}
- Alarm Arn:                  ${alarm.AlarmArn}`;
}

function parsed(message: string): AlarmMessage | undefined {
  if (!message.startsWith('{"AlarmName":')) return undefined;
  try {
    const alarm = JSON.parse(message) as Partial<AlarmMessage>;
    return alarm.AlarmArn !== undefined && alarm.NewStateValue !== undefined ? (alarm as AlarmMessage) : undefined;
  } catch {
    return undefined;
  }
}
