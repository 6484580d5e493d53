import type { KeyValue } from '../wire/iscsi/keys.ts';
import {
  binaryText, chapResponse, chooseAlgorithm, type Credentials, digestBytes, readBinary, sameBytes,
} from './chap.ts';

export type RandomBytes = (count: number) => Uint8Array;

interface Challenge {
  readonly algorithm: number;
  readonly identifier: number;
  readonly challenge: Uint8Array;
}

/** What the initiator's keys led to: our answers, or a refusal. */
export type AuthenticationStep = { readonly answers: KeyValue[] } | 'refused';

/**
 * The target's part of the security stage: nobody needs to authenticate if there are no users,
 * otherwise the initiator must prove by CHAP that it is one of them. The target does not
 * authenticate itself.
 *
 * Source: RFC 7143 12.1.
 */
export class ChapAuthenticator {
  readonly #users: readonly Credentials[];
  readonly #random: RandomBytes;
  #method: 'open' | 'None' | 'CHAP' = 'open';
  #challenge: Challenge | undefined;
  #proven = false;

  constructor(users: readonly Credentials[], random: RandomBytes) {
    this.#users = users;
    this.#random = random;
  }

  /** The initiator may leave the security stage, or pass it over. */
  get isSatisfied(): boolean {
    return this.#users.length === 0 || this.#proven;
  }

  /** The initiator is in the middle of an exchange. */
  get isBusy(): boolean {
    return this.#method === 'CHAP' && !this.#proven;
  }

  take(keys: ReadonlyMap<string, string>): AuthenticationStep {
    const answers: KeyValue[] = [];
    const methods = keys.get('AuthMethod');
    if (methods !== undefined) {
      this.#method = this.#users.length === 0 ? 'None' : 'CHAP';
      if (!methods.split(',').includes(this.#method)) return 'refused';
      answers.push(['AuthMethod', this.#method]);
    }
    const algorithms = keys.get('CHAP_A');
    if (algorithms !== undefined) {
      const challenge = this.#challengeFor(algorithms);
      if (challenge === undefined) return 'refused';
      answers.push(['CHAP_A', String(challenge.algorithm)],
        ['CHAP_I', String(challenge.identifier)], ['CHAP_C', binaryText(challenge.challenge)]);
    }
    const name = keys.get('CHAP_N');
    const response = keys.get('CHAP_R');
    if (name !== undefined || response !== undefined) {
      // CHAP_C from the initiator asks us to prove ourselves: there is no secret for that.
      if (keys.has('CHAP_C') || !this.#proves(name ?? '', response ?? '')) return 'refused';
      this.#proven = true;
    }
    return { answers };
  }

  #challengeFor(algorithms: string): Challenge | undefined {
    const algorithm = chooseAlgorithm(algorithms);
    if (algorithm === undefined || this.#method !== 'CHAP' || this.#challenge !== undefined) {
      return undefined;
    }
    this.#challenge = {
      algorithm, identifier: this.#random(1)[0]!, challenge: this.#random(digestBytes(algorithm)),
    };
    return this.#challenge;
  }

  #proves(name: string, response: string): boolean {
    const given = readBinary(response);
    if (this.#challenge === undefined || given === undefined || this.#proven) return false;
    const { algorithm, identifier, challenge } = this.#challenge;
    const user = this.#users.find((one) => one.user === name);
    const expected = chapResponse(algorithm, identifier, user?.secret ?? '', challenge);
    return sameBytes(expected, given) && user !== undefined;
  }
}
