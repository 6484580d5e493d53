import type { KeyValue } from '../wire/iscsi/keys.ts';
import {
  binaryText, CHAP_ALGORITHMS, chapResponse, type Credentials, digestBytes, readBinary,
  readIdentifier, refuseEqualSecrets, sameBytes,
} from './chap.ts';
import type { RandomBytes } from './chap-authenticator.ts';
import { NegotiationError } from './negotiation.ts';

/** Best first. */
const OFFER = CHAP_ALGORITHMS.toReversed().join(',');

/** What a target has to prove itself by. */
export interface TargetProof {
  readonly credentials: Credentials;
  readonly random: RandomBytes;
}

/**
 * The initiator's part of the security stage: it proves that it knows a user's secret, and lets
 * the target prove the same if it is told by what.
 *
 * Source: RFC 7143 9.2.1, 12.1.
 */
export class ChapClient {
  readonly #credentials: Credentials;
  readonly #target: TargetProof | undefined;
  /** The response that the target owes us. */
  #expected: Uint8Array | undefined;
  #isProven = false;

  /** Throws: Error if both ends have the same secret. */
  constructor(credentials: Credentials, target?: TargetProof) {
    if (target !== undefined) refuseEqualSecrets([credentials], target.credentials);
    this.#credentials = credentials;
    this.#target = target;
  }

  /** None is offered as well, unless the target has to prove itself. */
  get offer(): KeyValue[] {
    return [['AuthMethod', this.#target === undefined ? 'CHAP,None' : 'CHAP']];
  }

  /** The target has proven what it has to. */
  get isSatisfied(): boolean {
    return this.#target === undefined || this.#isProven;
  }

  /** The next keys to send; none once there is nothing left to prove. Throws: NegotiationError. */
  next(keys: ReadonlyMap<string, string>): KeyValue[] {
    const method = keys.get('AuthMethod');
    if (method === 'CHAP') return [['CHAP_A', OFFER]];
    if (method !== undefined && (method !== 'None' || this.#target !== undefined)) {
      throw new NegotiationError(`the target chose the authentication method '${method}'`);
    }
    if (keys.has('CHAP_A')) return this.#prove(keys);
    if (keys.has('CHAP_R')) this.#check(keys);
    return [];
  }

  #prove(keys: ReadonlyMap<string, string>): KeyValue[] {
    const algorithm = Number(keys.get('CHAP_A'));
    const identifier = readIdentifier(keys.get('CHAP_I') ?? '');
    const challenge = readBinary(keys.get('CHAP_C') ?? '');
    if (!CHAP_ALGORITHMS.includes(algorithm)) {
      throw new NegotiationError('the target chose a CHAP algorithm that was not offered');
    }
    if (identifier === undefined || challenge === undefined) {
      throw new NegotiationError('the challenge of the target is malformed');
    }
    const { user, secret } = this.#credentials;
    const response = chapResponse(algorithm, identifier, secret, challenge);
    return [['CHAP_N', user], ['CHAP_R', binaryText(response)], ...this.#ask(algorithm)];
  }

  /** Our own challenge, if the target has to prove itself. */
  #ask(algorithm: number): KeyValue[] {
    if (this.#target === undefined) return [];
    const { random, credentials } = this.#target;
    const identifier = random(1)[0]!;
    const challenge = random(digestBytes(algorithm));
    this.#expected = chapResponse(algorithm, identifier, credentials.secret, challenge);
    return [['CHAP_I', String(identifier)], ['CHAP_C', binaryText(challenge)]];
  }

  #check(keys: ReadonlyMap<string, string>): void {
    const given = readBinary(keys.get('CHAP_R') ?? '');
    this.#isProven = this.#expected !== undefined && given !== undefined
      && sameBytes(this.#expected, given)
      && keys.get('CHAP_N') === this.#target?.credentials.user;
    this.#expected = undefined;
    if (!this.#isProven) {
      throw new NegotiationError('the target has not proven that it knows its secret');
    }
  }
}
