/** `shop-db` is in SECRET_SHOP_DB: the ARN, or the id `stepwell/shop-db`. The stack sets it. */
export const secretVariable = (name: string): string => `SECRET_${name.toUpperCase().replaceAll('-', '_')}`;

/** As Secrets Manager and its user know it. */
export const secretId = (name: string): string => process.env[secretVariable(name)] ?? `stepwell/${name}`;
