import { createHash } from 'node:crypto';
import { parseHex } from '../bytes/hex.ts';
import type { Identity } from '../media/identity.ts';

/**
 * The names of a logical unit that has no medium of its own to keep them: they follow from its
 * place, and so last as long as that is called the same.
 */
export function placeIdentity(place: string): Identity {
  const digits = createHash('sha256').update(place).digest('hex').slice(0, 15);
  return { naa: parseHex(`3${digits}`), serialNumber: digits.toUpperCase() };
}
