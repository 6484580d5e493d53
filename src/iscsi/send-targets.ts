import type { KeyValue } from '../wire/iscsi/keys.ts';
import { normalizedName } from '../wire/iscsi/names.ts';
import { isOperationalKey, SEGMENT_KEY } from './operational-keys.ts';

/**
 * Answers the keys of a text request: SendTargets tells name and addresses of the one target.
 *
 * Departs from RFC 7143 C, which allows `All` in a discovery session only: libiscsi asks for it
 * in a normal one. Operational keys are negotiated in the login, and refused here.
 */
export function answerDiscovery(
  pairs: readonly KeyValue[], targetName: string, addresses: readonly string[]): KeyValue[] {
  return pairs.flatMap(([key, value]): KeyValue[] => {
    if (key === 'SendTargets') {
      const isOurs = value === 'All' || value === '' || normalizedName(value) === targetName;
      return isOurs ? [['TargetName', targetName],
        ...addresses.map((address): KeyValue => ['TargetAddress', address])]
        : [[key, 'Reject']];
    }
    if (key === 'InitiatorAlias') return [];
    return [[key, isOperationalKey(key) || key === SEGMENT_KEY ? 'Reject' : 'NotUnderstood']];
  });
}
