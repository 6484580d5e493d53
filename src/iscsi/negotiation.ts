import type { KeyValue } from '../wire/iscsi/keys.ts';
import { DEFAULT_SEGMENT_BYTES, RECEIVE_SEGMENT_BYTES } from './limits.ts';
import {
  combine, isOperationalKey, type OperationalKey, readSegmentBytes, SEGMENT_KEY, standardValue,
} from './operational-keys.ts';

/** What a session works by, once both ends have agreed. Lengths in bytes. */
export interface Parameters {
  readonly headerDigest: boolean;
  readonly dataDigest: boolean;
  readonly initialR2T: boolean;
  readonly immediateData: boolean;
  readonly maxBurstBytes: number;
  readonly firstBurstBytes: number;
  readonly maxOutstandingR2T: number;
  readonly maxConnections: number;
  /** 2 if what RFC 7144 adds may be used. */
  readonly protocolLevel: number;
  readonly time2WaitSeconds: number;
  readonly time2RetainSeconds: number;
  /** Longest data segment that the other end takes. */
  readonly sendSegmentBytes: number;
  /** Longest data segment that this end takes. */
  readonly receiveSegmentBytes: number;
}

/** Values that one end wishes, or accepts; the standard's value where none is named. */
export type Wishes = Partial<Readonly<Record<OperationalKey, string>>>;

/** A text that breaks the rules: the login fails with `initiatorError`. */
export class NegotiationError extends Error {
  constructor(message: string) {
    super(`Cannot negotiate: ${message}`);
    this.name = 'NegotiationError';
  }
}

/**
 * One end's side of a negotiation of operational keys.
 *
 * Source: RFC 7143 6.2 (a key is negotiated once; each offer is answered once).
 */
export class Negotiation {
  readonly #wishes: Wishes;
  readonly #results = new Map<OperationalKey, string>();
  readonly #offered = new Set<OperationalKey>();
  #sendSegmentBytes = DEFAULT_SEGMENT_BYTES;
  #receiveSegmentBytes = DEFAULT_SEGMENT_BYTES;

  constructor(wishes: Wishes) {
    this.#wishes = wishes;
  }

  /** Our declaration of what we take; sent once, while operational keys are negotiated. */
  declare(): KeyValue[] {
    if (this.#receiveSegmentBytes === RECEIVE_SEGMENT_BYTES) return [];
    this.#receiveSegmentBytes = RECEIVE_SEGMENT_BYTES;
    return [[SEGMENT_KEY, String(RECEIVE_SEGMENT_BYTES)]];
  }

  /** Offers to send; what comes back for these keys is an answer. */
  offer(keys: readonly OperationalKey[]): KeyValue[] {
    return keys.map((key) => {
      this.#offered.add(key);
      return [key, this.#ours(key)];
    });
  }

  /**
   * Takes in keys of the other end, and returns our answers.
   *
   * MaxBurstLength is looked at first, for it bounds FirstBurstLength.
   * Throws: NegotiationError.
   */
  take(pairs: readonly KeyValue[]): KeyValue[] {
    const burstFirst = [...pairs].sort(([a], [b]) =>
      Number(b === 'MaxBurstLength') - Number(a === 'MaxBurstLength'));
    return burstFirst.flatMap(([key, value]) => this.#takeOne(key, value));
  }

  #takeOne(key: string, value: string): KeyValue[] {
    if (key === SEGMENT_KEY) {
      const bytes = readSegmentBytes(value);
      if (bytes === undefined) throw new NegotiationError(`${key} is '${value}'`);
      this.#sendSegmentBytes = bytes;
      return [];
    }
    if (key === 'IFMarkInt' || key === 'OFMarkInt') return [[key, 'Reject']];
    if (!isOperationalKey(key)) return isAnswer(value) ? [] : [[key, 'NotUnderstood']];
    if (this.#offered.has(key)) {
      this.#takeAnswer(key, value);
      return [];
    }
    const result = combine(key, this.#ours(key), value);
    if (result === undefined) return [[key, 'Reject']];
    this.#results.set(key, result);
    return [[key, result]];
  }

  #takeAnswer(key: OperationalKey, value: string): void {
    const result = combine(key, this.#ours(key), value);
    if (result !== undefined) this.#results.set(key, result);
    else if (!isAnswer(value) || combine(key, this.#ours(key), standardValue(key)) === undefined) {
      throw new NegotiationError(`the answer to ${key}=${this.#ours(key)} is '${value}'`);
    }
  }

  #ours(key: OperationalKey): string {
    const wish = this.#wishes[key] ?? standardValue(key);
    const maxBurst = this.#results.get('MaxBurstLength');
    return key === 'FirstBurstLength' && maxBurst !== undefined
      ? String(Math.min(Number(wish), Number(maxBurst))) : wish;
  }

  /** What holds now. */
  parameters(): Parameters {
    const result = (key: OperationalKey): string => this.#results.get(key) ?? standardValue(key);
    const maxBurstBytes = Number(result('MaxBurstLength'));
    return {
      headerDigest: result('HeaderDigest') === 'CRC32C',
      dataDigest: result('DataDigest') === 'CRC32C',
      initialR2T: result('InitialR2T') === 'Yes',
      immediateData: result('ImmediateData') === 'Yes',
      maxBurstBytes,
      firstBurstBytes: Math.min(Number(result('FirstBurstLength')), maxBurstBytes),
      maxOutstandingR2T: Number(result('MaxOutstandingR2T')),
      maxConnections: Number(result('MaxConnections')),
      protocolLevel: Number(result('iSCSIProtocolLevel')),
      time2WaitSeconds: Number(result('DefaultTime2Wait')),
      time2RetainSeconds: Number(result('DefaultTime2Retain')),
      sendSegmentBytes: this.#sendSegmentBytes,
      receiveSegmentBytes: this.#receiveSegmentBytes,
    };
  }
}

/** Answers that say that there is no result. */
const isAnswer = (value: string): boolean =>
  value === 'NotUnderstood' || value === 'Irrelevant' || value === 'Reject';
