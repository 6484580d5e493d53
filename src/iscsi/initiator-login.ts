import type { KeyValue } from '../wire/iscsi/keys.ts';
import { type LoginResponse, loginStatusText, STAGE } from '../wire/iscsi/login.ts';
import type { Credentials } from './chap.ts';
import { ChapClient, type TargetProof } from './chap-client.ts';
import { LOGIN_EXCHANGE_COUNT_MAX } from './limits.ts';
import { Negotiation, NegotiationError, type Parameters, type Wishes } from './negotiation.ts';
import type { OperationalKey } from './operational-keys.ts';
import type { SessionType } from './target-login.ts';
import { TextCollector, TextSpreader } from './text-buffer.ts';

export interface InitiatorRules {
  readonly initiatorName: string;
  /** Six bytes. */
  readonly isid: Uint8Array;
  readonly sessionType: SessionType;
  /** For a normal session. */
  readonly targetName?: string;
  readonly credentials?: Credentials;
  /** With credentials only: what the target has to prove itself by. */
  readonly targetProof?: TargetProof;
  /** CRC32C over headers and data if the target can. The default is false. */
  readonly digests?: boolean;
}

/** What a Login Request says, but for tags and sequence numbers. */
export interface LoginAsk {
  readonly transit: boolean;
  readonly continues: boolean;
  readonly currentStage: number;
  readonly nextStage: number;
  readonly text: Uint8Array;
}

export type LoginStep =
  | { readonly kind: 'ask'; readonly ask: LoginAsk }
  | { readonly kind: 'done'; readonly parameters: Parameters }
  | { readonly kind: 'failed'; readonly reason: string };

const WISHES: Wishes = {
  InitialR2T: 'No', ImmediateData: 'Yes', MaxBurstLength: '1048576', FirstBurstLength: '262144',
  MaxOutstandingR2T: '4', DefaultTime2Retain: '0',
};
const FOR_ALL: readonly OperationalKey[] = [
  'HeaderDigest', 'DataDigest', 'DefaultTime2Wait', 'DefaultTime2Retain', 'ErrorRecoveryLevel',
];
const FOR_NORMAL: readonly OperationalKey[] = [
  'InitialR2T', 'ImmediateData', 'MaxBurstLength', 'FirstBurstLength', 'MaxOutstandingR2T',
  'MaxConnections', 'DataPDUInOrder', 'DataSequenceInOrder',
];
/** Keys that a target declares, or that belong to the security stage. */
const NOT_NEGOTIATED = [
  'TargetAlias', 'TargetAddress', 'TargetPortalGroupTag', 'AuthMethod', 'CHAP_A', 'CHAP_I',
  'CHAP_C', 'CHAP_N', 'CHAP_R',
];
/** A target takes at least this much in one Login Request; our texts are shorter. */
const ASK_BYTES = 8_192;

/** The initiator's end of the login of one connection. Source: RFC 7143 6, 11.12, 11.13. */
export class InitiatorLogin {
  readonly #rules: InitiatorRules;
  readonly #chap: ChapClient | undefined;
  readonly #negotiation: Negotiation;
  readonly #collector = new TextCollector();
  readonly #spreader = new TextSpreader();
  #stage: number;
  #exchanges = 0;

  /** Throws: Error if both ends have the same secret. */
  constructor(rules: InitiatorRules) {
    const digest = rules.digests ? 'CRC32C,None' : 'None';
    this.#rules = rules;
    this.#chap = rules.credentials === undefined ? undefined
      : new ChapClient(rules.credentials, rules.targetProof);
    this.#stage = this.#chap === undefined ? STAGE.operational : STAGE.security;
    this.#negotiation = new Negotiation({ ...WISHES, HeaderDigest: digest, DataDigest: digest });
  }

  /** The first Login Request. */
  start(): LoginAsk {
    const { initiatorName, sessionType, targetName } = this.#rules;
    this.#spreader.put([
      ['InitiatorName', initiatorName],
      ['SessionType', sessionType === 'discovery' ? 'Discovery' : 'Normal'],
      ...(targetName === undefined ? [] : [['TargetName', targetName] as const]),
    ]);
    this.#spreader.put(this.#chap?.offer ?? this.#offers());
    return this.#ask();
  }

  /** Takes a Login Response in. Throws: Malformed, NegotiationError. */
  response(header: LoginResponse, data: readonly Uint8Array[]): LoginStep {
    if (header.status !== 0) return this.#refused(header, data);
    this.#exchanges += 1;
    if (this.#exchanges > LOGIN_EXCHANGE_COUNT_MAX) {
      throw new NegotiationError('the login does not come to an end');
    }
    if (header.currentStage !== this.#stage) {
      throw new NegotiationError(`the target answers in stage ${header.currentStage}`);
    }
    if (!this.#collector.append(data)) throw new NegotiationError('the text is too long');
    if (header.continues) return { kind: 'ask', ask: { ...this.#ask(), transit: false } };
    const pairs = this.#collector.take();
    this.#spreader.put(this.#negotiation.take(
      pairs.filter(([key]) => !NOT_NEGOTIATED.includes(key))));
    if (this.#stage === STAGE.security) {
      this.#spreader.put(this.#chap?.next(new Map(pairs)) ?? []);
    }
    if (!header.transit) return { kind: 'ask', ask: this.#ask() };
    if (this.#chap?.isSatisfied === false) {
      throw new NegotiationError('the target does not prove that it knows its secret');
    }
    return this.#enter(header.nextStage);
  }

  #enter(stage: number): LoginStep {
    if (stage === STAGE.fullFeature) {
      return { kind: 'done', parameters: this.#negotiation.parameters() };
    }
    this.#stage = stage;
    this.#spreader.put(this.#offers());
    return { kind: 'ask', ask: this.#ask() };
  }

  #offers(): KeyValue[] {
    const keys = this.#rules.sessionType === 'normal' ? [...FOR_ALL, ...FOR_NORMAL] : FOR_ALL;
    return [...this.#negotiation.offer(keys), ...this.#negotiation.declare()];
  }

  #ask(): LoginAsk {
    const text = this.#spreader.next(ASK_BYTES);
    const continues = !this.#spreader.isEmpty;
    const nextStage = this.#stage === STAGE.security ? STAGE.operational : STAGE.fullFeature;
    return {
      transit: !continues, continues, currentStage: this.#stage,
      nextStage: continues ? 0 : nextStage, text,
    };
  }

  #refused({ status }: LoginResponse, data: readonly Uint8Array[]): LoginStep {
    const code = status.toString(16).padStart(4, '0');
    const moved = status >>> 8 === 1 && this.#collector.append(data)
      ? this.#collector.take().find(([key]) => key === 'TargetAddress')?.[1] : undefined;
    const where = moved === undefined ? '' : ` to ${moved}`;
    return { kind: 'failed', reason: `${loginStatusText(status)}${where} (status ${code}h)` };
  }
}
