import type { KeyValue } from '../wire/iscsi/keys.ts';
import {
  binaryText, chapResponse, chooseAlgorithm, type Credentials, digestBytes, readBinary,
  readIdentifier, sameBytes,
} from './chap.ts';

export type RandomBytes = (count: number) => Uint8Array;

interface Challenge {
  readonly algorithm: number;
  readonly identifier: number;
  readonly challenge: Uint8Array;
}

/** What the initiator's keys led to: our answers, or a refusal. */
export type AuthenticationStep = { readonly answers: KeyValue[] } | 'refused';

/** Who is who in a security stage. */
export interface ChapRules {
  /** Empty: nobody has to authenticate. */
  readonly users: readonly Credentials[];
  /** What the target proves itself by, if it is asked to; its secret is no user's. */
  readonly ownCredentials?: Credentials;
  readonly random: RandomBytes;
}

/**
 * The target's part of the security stage: nobody needs to authenticate if there are no users,
 * otherwise the initiator must prove by CHAP that it is one of them. Once it has, it may ask the
 * target for the same.
 *
 * Source: RFC 7143 9.2.1, 12.1.
 */
export class ChapAuthenticator {
  readonly #rules: ChapRules;
  #method: 'open' | 'None' | 'CHAP' = 'open';
  #challenge: Challenge | undefined;
  #proven = false;

  constructor(rules: ChapRules) {
    this.#rules = rules;
  }

  /** The initiator may leave the security stage, or pass it over. */
  get isSatisfied(): boolean {
    return this.#rules.users.length === 0 || this.#proven;
  }

  /** The initiator is in the middle of an exchange. */
  get isBusy(): boolean {
    return this.#method === 'CHAP' && !this.#proven;
  }

  take(keys: ReadonlyMap<string, string>): AuthenticationStep {
    const answers: KeyValue[] = [];
    const methods = keys.get('AuthMethod');
    if (methods !== undefined) {
      this.#method = this.#rules.users.length === 0 ? 'None' : 'CHAP';
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
    if (!['CHAP_N', 'CHAP_R', 'CHAP_I', 'CHAP_C'].some((key) => keys.has(key))) return { answers };
    if (!this.#proves(keys.get('CHAP_N') ?? '', keys.get('CHAP_R') ?? '')) return 'refused';
    this.#proven = true;
    const proof = this.#proof(keys.get('CHAP_I'), keys.get('CHAP_C'));
    return proof === undefined ? 'refused' : { answers: [...answers, ...proof] };
  }

  #challengeFor(algorithms: string): Challenge | undefined {
    const algorithm = chooseAlgorithm(algorithms);
    if (algorithm === undefined || this.#method !== 'CHAP' || this.#challenge !== undefined) {
      return undefined;
    }
    const { random } = this.#rules;
    this.#challenge = {
      algorithm, identifier: random(1)[0]!, challenge: random(digestBytes(algorithm)),
    };
    return this.#challenge;
  }

  #proves(name: string, response: string): boolean {
    const given = readBinary(response);
    if (this.#challenge === undefined || given === undefined || this.#proven) return false;
    const { algorithm, identifier, challenge } = this.#challenge;
    const user = this.#rules.users.find((one) => one.user === name);
    const expected = chapResponse(algorithm, identifier, user?.secret ?? '', challenge);
    return sameBytes(expected, given) && user !== undefined;
  }

  /**
   * Our answer to the initiator's own challenge: no keys if it has none, undefined if it cannot
   * be answered. Our own challenge is not, wherever it comes from.
   */
  #proof(identifierText?: string, challengeText?: string): KeyValue[] | undefined {
    if (identifierText === undefined && challengeText === undefined) return [];
    const { ownCredentials } = this.#rules;
    const identifier = readIdentifier(identifierText ?? '');
    const challenge = readBinary(challengeText ?? '');
    if (ownCredentials === undefined || this.#challenge === undefined
      || identifier === undefined || challenge === undefined) return undefined;
    if (sameBytes(challenge, this.#challenge.challenge)) return undefined;
    const { user, secret } = ownCredentials;
    const response = chapResponse(this.#challenge.algorithm, identifier, secret, challenge);
    return [['CHAP_N', user], ['CHAP_R', binaryText(response)]];
  }
}
