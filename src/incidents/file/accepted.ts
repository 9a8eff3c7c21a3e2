import { NotAcceptableException } from '@nestjs/common';

/**
 * The first of the media types that the caller accepts.
 * @param made what can be made; the first of them where the caller leaves the choice
 * @throws NotAcceptableException
 */
export const acceptedAmong = <const T extends readonly [string, ...string[]]>(
  accept: string | undefined,
  made: T,
): T[number] => {
  for (const one of (accept ?? '*/*').split(',')) {
    const [type = '', ...parameters] = one.split(';').map((part) => part.trim().toLowerCase());
    // `q=0`: anything but that.
    if (parameters.some((parameter) => /^q=0(\.0*)?$/.test(parameter))) continue;
    if (type === '*/*') return made[0];
    const found = made.find((each) => each === type || type === `${each.split('/', 1)[0]}/*`);
    if (found !== undefined) return found;
  }
  throw new NotAcceptableException(made.join(' or '));
};
