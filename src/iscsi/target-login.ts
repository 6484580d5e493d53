import { Malformed } from '../codec/finding.ts';
import type { KeyValue } from '../wire/iscsi/keys.ts';
import { type LoginRequest, type LoginStatus, STAGE } from '../wire/iscsi/login.ts';
import { ChapAuthenticator, type ChapRules } from './chap-authenticator.ts';
import {
  CONNECTION_COUNT_MAX, DEFAULT_SEGMENT_BYTES, LOGIN_EXCHANGE_COUNT_MAX,
} from './limits.ts';
import { normalizedName } from '../wire/iscsi/names.ts';
import { Negotiation, NegotiationError, type Parameters, type Wishes } from './negotiation.ts';
import { TextCollector, TextSpreader } from './text-buffer.ts';

export interface LoginRules extends ChapRules {
  /** In normal form. */
  readonly targetName: string;
  readonly portalGroupTag: number;
  /** Discovery sessions need no authentication. The default is false. */
  readonly openDiscovery?: boolean;
  /** Whether an initiator may use the target; everybody if it is not given. */
  readonly admits?: (initiatorName: string) => boolean;
}

export type SessionType = 'normal' | 'discovery';

/** Who has logged in, and what was agreed. */
export interface LoggedIn {
  readonly sessionType: SessionType;
  readonly initiatorName: string;
  readonly isid: Uint8Array;
  readonly cid: number;
  /** The session that the initiator wants to go on with; 0 for a new one. */
  readonly tsih: number;
  readonly parameters: Parameters;
}

/** What a Login Response says, but for tags and sequence numbers. */
export interface LoginReply {
  readonly status: LoginStatus;
  readonly transit: boolean;
  readonly continues: boolean;
  readonly currentStage: number;
  readonly nextStage: number;
  readonly text: Uint8Array;
  /** Set with the response that ends the login. */
  readonly loggedIn: LoggedIn | undefined;
}

const WISHES: Wishes = {
  HeaderDigest: 'None,CRC32C', DataDigest: 'None,CRC32C', InitialR2T: 'No', ImmediateData: 'Yes',
  MaxBurstLength: '1048576', FirstBurstLength: '262144', MaxOutstandingR2T: '4',
  DefaultTime2Retain: '0', MaxConnections: String(CONNECTION_COUNT_MAX), iSCSIProtocolLevel: '2',
};

/** Keys of a login that declare and are not answered. */
const DECLARATIONS = ['InitiatorName', 'InitiatorAlias', 'TargetName', 'SessionType'];
const SECURITY_KEYS = ['AuthMethod', 'CHAP_A', 'CHAP_N', 'CHAP_R', 'CHAP_I', 'CHAP_C'];
const NO_TEXT = new Uint8Array(0);

/** Ends a login with a status. */
class Refusal extends Error {
  readonly status: LoginStatus;

  constructor(status: LoginStatus) {
    super(status);
    this.status = status;
  }
}

/** The target's end of the login of one connection. Source: RFC 7143 6, 11.12, 11.13. */
export class TargetLogin {
  readonly #rules: LoginRules;
  #authenticator: ChapAuthenticator;
  readonly #negotiation = new Negotiation(WISHES);
  readonly #collector = new TextCollector();
  readonly #spreader = new TextSpreader();
  readonly #seen = new Set<string>();
  #first: LoginRequest | undefined;
  #stage: number = STAGE.security;
  #exchanges = 0;
  #identity: Pick<LoggedIn, 'sessionType' | 'initiatorName'> | undefined;

  constructor(rules: LoginRules) {
    this.#rules = rules;
    this.#authenticator = new ChapAuthenticator(rules);
  }

  /** Takes one Login Request in. A status other than success ends the connection. */
  request(header: LoginRequest, data: readonly Uint8Array[]): LoginReply {
    try {
      this.#check(header, data);
      if (!header.continues && this.#spreader.isEmpty) this.#takeText(this.#collector.take());
      return this.#reply(header);
    } catch (error) {
      if (error instanceof Refusal) return refusal(header, error.status);
      if (error instanceof Malformed || error instanceof NegotiationError) {
        return refusal(header, 'initiatorError');
      }
      throw error;
    }
  }

  #check(header: LoginRequest, data: readonly Uint8Array[]): void {
    this.#exchanges += 1;
    if (this.#exchanges > LOGIN_EXCHANGE_COUNT_MAX) throw new Refusal('initiatorError');
    if (this.#first === undefined) {
      if (header.versionMin > 0) throw new Refusal('unsupportedVersion');
      this.#first = header;
      this.#stage = header.currentStage;
    }
    const { isid, cid, tsih, initiatorTaskTag } = this.#first;
    const same = header.currentStage === this.#stage && header.cid === cid && header.tsih === tsih
      && header.initiatorTaskTag === initiatorTaskTag
      && header.isid.every((byte, i) => byte === isid[i]);
    if (!same) throw new Refusal('initiatorError');
    if (!this.#collector.append(data)) throw new Refusal('outOfResources');
  }

  #takeText(pairs: readonly KeyValue[]): void {
    for (const [key] of pairs) {
      // libiscsi declares its names again when it comes to the next stage.
      if (this.#seen.has(key) && !DECLARATIONS.includes(key)) throw new Refusal('initiatorError');
      this.#seen.add(key);
    }
    if (this.#identity === undefined) this.#begin(this.#identify(new Map(pairs)));
    const security = pairs.filter(([key]) => SECURITY_KEYS.includes(key));
    if (security.length > 0) this.#authenticate(new Map(security));
    const answers = this.#negotiation.take(pairs.filter(([key]) =>
      !SECURITY_KEYS.includes(key) && !DECLARATIONS.includes(key)));
    this.#spreader.put(answers);
    if (this.#stage === STAGE.operational) this.#spreader.put(this.#negotiation.declare());
  }

  /** Who asks for what decides whether it has to authenticate. */
  #begin(identity: Pick<LoggedIn, 'sessionType' | 'initiatorName'>): void {
    this.#identity = identity;
    const { openDiscovery, portalGroupTag, random } = this.#rules;
    if (identity.sessionType === 'normal') {
      this.#spreader.put([['TargetPortalGroupTag', String(portalGroupTag)]]);
    } else if (openDiscovery) this.#authenticator = new ChapAuthenticator({ users: [], random });
    if (this.#stage !== STAGE.security && !this.#authenticator.isSatisfied) {
      throw new Refusal('authenticationFailure');
    }
  }

  #identify(keys: ReadonlyMap<string, string>): Pick<LoggedIn, 'sessionType' | 'initiatorName'> {
    const given = keys.get('InitiatorName');
    if (given === undefined) throw new Refusal('missingParameter');
    const initiatorName = normalizedName(given);
    if (initiatorName === undefined) throw new Refusal('initiatorError');
    const type = keys.get('SessionType') ?? 'Normal';
    if (type === 'Discovery') return { sessionType: 'discovery', initiatorName };
    if (type !== 'Normal') throw new Refusal('sessionTypeNotSupported');
    const target = keys.get('TargetName');
    if (target === undefined) throw new Refusal('missingParameter');
    if (normalizedName(target) !== this.#rules.targetName) throw new Refusal('notFound');
    if (this.#rules.admits?.(initiatorName) === false) throw new Refusal('authorizationFailure');
    return { sessionType: 'normal', initiatorName };
  }

  #authenticate(keys: ReadonlyMap<string, string>): void {
    if (this.#stage !== STAGE.security) throw new Refusal('initiatorError');
    const step = this.#authenticator.take(keys);
    if (step === 'refused') throw new Refusal('authenticationFailure');
    this.#spreader.put(step.answers);
  }

  #reply(header: LoginRequest): LoginReply {
    // While the initiator's text goes on, all of ours waits. Source: RFC 7143 6.2.
    const text = header.continues ? NO_TEXT : this.#spreader.next(DEFAULT_SEGMENT_BYTES);
    const continues = !header.continues && !this.#spreader.isEmpty;
    const transit = header.transit && !continues && this.#mayLeave();
    const currentStage = this.#stage;
    if (transit) this.#stage = header.nextStage;
    const isOver = this.#stage === STAGE.fullFeature;
    return {
      status: 'success', transit, continues, currentStage, text,
      nextStage: transit ? header.nextStage : 0,
      loggedIn: isOver ? this.#result(header) : undefined,
    };
  }

  #mayLeave(): boolean {
    if (this.#stage !== STAGE.security || this.#authenticator.isSatisfied) return true;
    if (!this.#authenticator.isBusy) throw new Refusal('authenticationFailure');
    return false;
  }

  #result({ isid, cid, tsih }: LoginRequest): LoggedIn {
    return { ...this.#identity!, isid, cid, tsih, parameters: this.#negotiation.parameters() };
  }
}

/** The response that ends a login with a status other than success. */
export const refusal = (header: LoginRequest, status: LoginStatus): LoginReply => ({
  status, transit: false, continues: false, nextStage: 0, text: NO_TEXT, loggedIn: undefined,
  // The request may be refused because it names a stage that there is not.
  currentStage: header.currentStage === STAGE.operational ? STAGE.operational : STAGE.security,
});
