import type { KeyValue } from '../wire/iscsi/keys.ts';
import { normalizedName } from '../wire/iscsi/names.ts';
import { isOperationalKey, SEGMENT_KEY } from './operational-keys.ts';

/** A target as SendTargets tells it. */
export interface ToldTarget {
  readonly targetName: string;
  /** `host:port,tag`. */
  readonly addresses: readonly string[];
}

/**
 * Answers the keys of a text request: SendTargets tells name and addresses of the one target, or
 * nothing to an initiator that may not use it.
 *
 * Departs from RFC 7143 C, which allows `All` in a discovery session only: libiscsi asks for it
 * in a normal one. Operational keys are negotiated in the login, and refused here.
 */
export function answerDiscovery(
  pairs: readonly KeyValue[], target: ToldTarget | undefined): KeyValue[] {
  return pairs.flatMap(([key, value]): KeyValue[] => {
    if (key === 'SendTargets') {
      const isAll = value === 'All' || value === '';
      if (!isAll && normalizedName(value) !== target?.targetName) return [[key, 'Reject']];
      return target === undefined ? [] : [['TargetName', target.targetName],
        ...target.addresses.map((address): KeyValue => ['TargetAddress', address])];
    }
    if (key === 'InitiatorAlias') return [];
    return [[key, isOperationalKey(key) || key === SEGMENT_KEY ? 'Reject' : 'NotUnderstood']];
  });
}
