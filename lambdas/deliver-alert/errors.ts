/** The address of a webhook is a secret: no error has it. */
export class WebhookFailed extends Error {
  constructor(
    readonly secret: string,
    what: string,
  ) {
    super(`The webhook of the secret stepwell/${secret} ${what}`);
    this.name = 'WebhookFailed';
  }
}
