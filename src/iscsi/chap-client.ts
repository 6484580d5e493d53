import type { KeyValue } from '../wire/iscsi/keys.ts';
import { binaryText, CHAP_ALGORITHMS, chapResponse, type Credentials, readBinary } from './chap.ts';
import { NegotiationError } from './negotiation.ts';

/** Best first. */
const OFFER = CHAP_ALGORITHMS.toReversed().join(',');

/** The initiator's part of the security stage: it proves that it knows a user's secret. */
export class ChapClient {
  readonly #credentials: Credentials;

  constructor(credentials: Credentials) {
    this.#credentials = credentials;
  }

  /** None is offered as well: a target without users then lets us in. */
  get offer(): KeyValue[] {
    return [['AuthMethod', 'CHAP,None']];
  }

  /** The next keys to send; none once there is nothing left to prove. Throws: NegotiationError. */
  next(keys: ReadonlyMap<string, string>): KeyValue[] {
    const method = keys.get('AuthMethod');
    if (method === 'CHAP') return [['CHAP_A', OFFER]];
    if (method !== undefined && method !== 'None') {
      throw new NegotiationError(`the target chose the authentication method '${method}'`);
    }
    return keys.has('CHAP_A') ? this.#prove(keys) : [];
  }

  #prove(keys: ReadonlyMap<string, string>): KeyValue[] {
    const algorithm = Number(keys.get('CHAP_A'));
    const identifier = Number(keys.get('CHAP_I') ?? Number.NaN);
    const challenge = readBinary(keys.get('CHAP_C') ?? '');
    if (!CHAP_ALGORITHMS.includes(algorithm)) {
      throw new NegotiationError('the target chose a CHAP algorithm that was not offered');
    }
    if (!(identifier >= 0 && identifier <= 255) || challenge === undefined) {
      throw new NegotiationError('the challenge of the target is malformed');
    }
    const { user, secret } = this.#credentials;
    const response = chapResponse(algorithm, identifier, secret, challenge);
    return [['CHAP_N', user], ['CHAP_R', binaryText(response)]];
  }
}
