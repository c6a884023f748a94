/** Assign: which names a variable may have. */
import { type Check, isObject, payload, report } from './checks';

/** AWS: 80 characters. */
const NAME_LIMIT = 80;
const NAME = /^[\p{ID_Start}_][\p{ID_Continue}]*$/u;

export const assign: Check = (value, field, place) => {
  if (!isObject(value)) {
    report(place, 'Expected value of type Object', field);
    return;
  }
  const refuse = (code: string, message: string, key: string) =>
    place.diagnostics.push({ code, message, location: `${place.path}/${field}/${key}` });
  for (const key of Object.keys(value)) {
    const name = place.language === 'JSONPath' && key.endsWith('.$') ? key.slice(0, -2) : key;
    if (name === 'states') {
      refuse('RESERVED_VARIABLE_NAME', "Cannot assign to reserved variable '$states'.", key);
    } else if (!NAME.test(name)) {
      const message = `Invalid variable name '${name}': the variable name contains invalid characters.`;
      refuse('INVALID_VARIABLE_NAME', message, key);
    } else if (name.length > NAME_LIMIT) {
      const message = `Invalid variable name '${name}': the variable name exceeds the ${NAME_LIMIT}-character limit.`;
      refuse('INVALID_VARIABLE_NAME', message, key);
    }
  }
  payload(value, field, place);
};
