/**
 * The tokens that this copy manager has made, and what has become of them.
 *
 * ```text
 *   create ──► valid ──use──► in use ──► valid …
 *                └──► expired, cancelled, revoked, deleted ──► forgotten
 * ```
 *
 * A token gives access if its record has the same 512 bytes and is valid. Source: SPC-4 5.17.6.
 */
import { concat } from '../../bytes/concat.ts';
import { hex } from '../../bytes/hex.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Random } from '../../ports/random.ts';
import type { ItNexus } from '../../sam/command.ts';
import type { LogicalUnit } from '../../sam/logical-unit.ts';
import { allRodTokens } from '../../wire/copy/lid4-results.ts';
import {
  ROD_MANAGEMENT_TOKEN_BYTES, ROD_TOKEN_BYTES, ROD_TOKEN_LENGTH, ROD_TYPE, rodManagementToken,
} from '../../wire/copy/tokens.ts';
import type { CopyLimits } from '../limits.ts';
import { broken, type RuleName } from '../rules.ts';
import { capacityOf } from './capacity.ts';
import type { Rod, RodData } from './rod.ts';
import { isTokenIn } from './rod-types.ts';
import { isSameToken, TokenFormat } from './token-format.ts';
import { ZEROS } from './zeros.ts';

/** Why a token is no longer valid. */
type End = 'expired' | 'cancelled' | 'revoked' | 'deleted';
const RULE_OF: Readonly<Record<End, RuleName>> = {
  expired: 'tokenExpired', cancelled: 'tokenCancelled', revoked: 'tokenRevoked',
  deleted: 'tokenDeleted',
};

interface KeptToken {
  readonly identifier: bigint;
  readonly bytes: Uint8Array;
  readonly rod: Rod;
  /** Gives the data up. */
  readonly release: () => void;
  readonly lifetimeEndMs: number;
  readonly inactivityMs: number;
  idleSinceMs: number;
  userCount: number;
  end: { readonly why: End; readonly atMs: number } | undefined;
}

/** How long a token lasts, in seconds. */
export interface TokenTimes {
  readonly lifetimeS: number;
  readonly inactivityS: number;
}

/** What bytes are held against, and where they stand in their parameter list. */
export interface TokenPlace {
  /** Logical units within the reach of whoever sends the token. */
  readonly reachable: ReadonlyMap<number, LogicalUnit>;
  readonly byte: number;
}

/** A valid token, while a command uses it. */
export interface TokenUse {
  readonly rod: RodData;
  /** It has as many bytes as are asked for, from wherever on. */
  readonly isEndless: boolean;
  /** Throws: SenseError if the token is no longer valid. */
  verify(): void;
  /** The command has ended; its inactivity timeout begins anew. Idempotent. */
  end(isDeleted: boolean): void;
}

/** Records of ended tokens kept for each that can be valid: they give the specific sense. */
const ENDED_PER_TOKEN = 4;

export class TokenRegistry {
  readonly #clock: Clock;
  readonly #limits: CopyLimits;
  readonly #ownNexus: ItNexus;
  readonly #format: TokenFormat;
  readonly #records = new Map<bigint, KeptToken>();
  #nextIdentifier: bigint;
  #cancelTimer: (() => void) | undefined;

  /** The tokens name the target of the copy manager's own nexus. */
  constructor(clock: Clock, random: Random, limits: CopyLimits, ownNexus: ItNexus) {
    this.#clock = clock;
    this.#limits = limits;
    this.#ownNexus = ownNexus;
    this.#format = new TokenFormat(random, ownNexus.targetName);
    // Where an earlier process began is not known; two of them hardly meet in 62 bits.
    this.#nextIdentifier = random.bytes(8)
      .reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n) >> 2n;
  }

  /** Throws: SenseError INSUFFICIENT RESOURCES TO CREATE ROD TOKEN. */
  assertRoom(): void {
    const { tokenCountMax } = this.#limits;
    if (this.#valid().length < tokenCountMax) return;
    throw broken('tokenResources', `there are ${tokenCountMax} ROD tokens already`);
  }

  /** Makes a token, which holds the ROD from then on. Throws: as `assertRoom`. */
  async create(rod: Rod, { lifetimeS, inactivityS }: TokenTimes): Promise<Uint8Array> {
    const capacity = await capacityOf(rod.unit, this.#ownNexus);
    this.assertRoom();
    const identifier = this.#nextIdentifier;
    this.#nextIdentifier += 1n;
    const bytes = this.#format.make({
      identifier, rodType: rod.type, unit: rod.unit, blockBytes: rod.blockBytes,
      byteLength: rod.byteLength, capacity });
    const nowMs = this.#clock.nowMs();
    const record: KeptToken = {
      identifier, bytes, rod, release: rod.hold(), lifetimeEndMs: nowMs + lifetimeS * 1000,
      inactivityMs: inactivityS * 1000, idleSinceMs: nowMs, userCount: 0, end: undefined,
    };
    this.#records.set(identifier, record);
    rod.onRevoked = () => this.#end(record, 'revoked');
    if (rod.isRevoked) this.#end(record, 'revoked');
    this.#setTimer();
    return bytes.slice();
  }

  /**
   * Validates a token for one command, which must end its use.
   *
   * Throws: SenseError. Source: SPC-4 5.17.6.5.1, in the order of its table.
   */
  use(bytes: Uint8Array, place: TokenPlace): TokenUse {
    const { byte } = place;
    this.#sweep();
    if (bytes.length < ROD_TOKEN_BYTES || rodManagementToken.peek(bytes).tokenLength
      !== ROD_TOKEN_LENGTH) {
      throw broken('tokenLength', 'it is no token of 512 bytes', { byte: byte + 6 });
    }
    const token = bytes.subarray(0, ROD_TOKEN_BYTES);
    const { rodType } = rodManagementToken.peek(token);
    if (rodType === ROD_TYPE.blockDeviceZero) return ZERO_USE;
    const record = this.#find(token, place);
    this.#assertValid(record, byte);
    record.userCount += 1;
    const release = record.rod.hold();
    let isEnded = false;
    return {
      rod: record.rod, isEndless: false,
      verify: () => {
        this.#sweep();
        this.#assertValid(record, byte);
      },
      end: (isDeleted) => {
        if (isEnded) return;
        isEnded = true;
        record.userCount -= 1;
        record.idleSinceMs = this.#clock.nowMs();
        if (isDeleted) this.#end(record, 'deleted');
        release();
        this.#setTimer();
      },
    };
  }

  /** Parameter data of REPORT ALL ROD TOKENS: those of logical units within reach. */
  report(reachable: ReadonlyMap<number, LogicalUnit>): Uint8Array {
    const units = new Set(reachable.values());
    const tokens = concat(this.#valid().filter(({ rod }) => units.has(rod.unit))
      .map(({ bytes }) => bytes.subarray(0, ROD_MANAGEMENT_TOKEN_BYTES)));
    return allRodTokens.encode({ availableData: 4 + tokens.length, tokens });
  }

  /** Gives up all tokens. */
  close(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    for (const record of this.#records.values()) record.release();
    this.#records.clear();
  }

  /** The record of a token, valid or not. */
  #find(token: Uint8Array, { reachable, byte }: TokenPlace): KeptToken {
    const { rodType, identifier } = rodManagementToken.peek(token);
    const kind = this.#format.kindOf(token);
    if (kind === 'corrupt') throw broken('tokenCorrupt', 'the bytes are no token', { byte });
    if (!isTokenIn(rodType)) {
      throw broken('tokenType', `tokens of type ${hex(rodType, 8)} are not accepted`, { byte });
    }
    if (kind === 'ofOtherTarget') {
      throw broken('tokenRemote', 'another target device has made the token',
        { byte: byte + 128 });
    }
    const record = kind === 'own' ? this.#records.get(identifier) : undefined;
    const isReachable = record !== undefined && [...reachable.values()].includes(record.rod.unit);
    if (!isReachable) {
      throw broken('tokenUnknown', 'no record of the token is kept', { byte: byte + 8 });
    }
    if (isSameToken(record.bytes, token)) return record;
    throw broken('tokenCorrupt', 'the token is not as it was given out', { byte });
  }

  #assertValid(record: KeptToken, byte: number): void {
    const why = record.end?.why ?? (this.#hasExpired(record) ? 'expired' : undefined);
    if (why !== undefined) throw broken(RULE_OF[why], `the token is ${why}`, { byte: byte + 8 });
  }

  #valid(): KeptToken[] {
    this.#sweep();
    return [...this.#records.values()].filter(({ end }) => end === undefined);
  }

  #hasExpired(record: KeptToken): boolean {
    const { userCount, idleSinceMs, inactivityMs, lifetimeEndMs } = record;
    const nowMs = this.#clock.nowMs();
    return nowMs >= lifetimeEndMs || (userCount === 0 && nowMs >= idleSinceMs + inactivityMs);
  }

  /** Ends what is over, and forgets what ended long ago. */
  #sweep(): void {
    for (const record of this.#records.values()) {
      if (record.end !== undefined) continue;
      if (record.rod.isLost) this.#end(record, 'cancelled');
      else if (record.userCount === 0 && this.#hasExpired(record)) this.#end(record, 'expired');
    }
    const ended = [...this.#records.values()].filter(({ end }) => end !== undefined);
    const { tokenCountMax, tokenLifetimeMaxS } = this.#limits;
    const surplus = ended.length - ENDED_PER_TOKEN * tokenCountMax;
    const oldestMs = this.#clock.nowMs() - tokenLifetimeMaxS * 1000;
    for (const [i, { identifier, end }] of ended.entries()) {
      if (i < surplus || end!.atMs < oldestMs) this.#records.delete(identifier);
    }
  }

  #end(record: KeptToken, why: End): void {
    if (record.end !== undefined) return;
    record.end = { why, atMs: this.#clock.nowMs() };
    record.release();
  }

  /** Data of tokens that nobody asks for goes when they expire. */
  #setTimer(): void {
    this.#cancelTimer?.();
    const ends = [...this.#records.values()]
      .filter(({ end, userCount }) => end === undefined && userCount === 0)
      .map(({ lifetimeEndMs, idleSinceMs, inactivityMs }) =>
        Math.min(lifetimeEndMs, idleSinceMs + inactivityMs));
    const atMs = ends.reduce((least, one) => Math.min(least, one), Infinity);
    this.#cancelTimer = atMs === Infinity ? undefined : this.#clock.at(atMs, () => {
      this.#sweep();
      this.#setTimer();
    });
  }
}

const ZERO_USE: TokenUse = { rod: ZEROS, isEndless: true, verify: () => {}, end: () => {} };
